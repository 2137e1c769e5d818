#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/html.h"
#include "eval/classification/benchmarks.h"
#include "eval/classification/zero_shot.h"
#include "eval/report/content_hash.h"
#include "eval/report/measure.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;
using namespace classification;

constexpr std::string_view kSplit = "test";

// A figure on some of the images, each any number of times.
class Resampled {
 public:
  Resampled(const Outcome& outcome, const Tensor& probabilities, int classes)
      : outcome_(outcome), probabilities_(probabilities.data<float>()), classes_(static_cast<std::size_t>(classes)) {}

  double operator()(Metric metric, std::span<const std::uint32_t> drawn) const {
    switch (metric) {
      case Metric::accuracy: {
        std::size_t right = 0;
        for (const std::uint32_t i : drawn) right += is_of(i, best(i)) ? 1 : 0;
        return static_cast<double>(right) / static_cast<double>(drawn.size());
      }
      case Metric::mean_per_class: {
        std::vector<int> truth, predicted;
        for (const std::uint32_t i : drawn) {
          truth.push_back(image(i).classes.front());
          predicted.push_back(best(i));
        }
        return mean_per_class(truth, predicted, static_cast<int>(classes_));
      }
      case Metric::roc_auc: return of_class(1, drawn, roc_auc);
      case Metric::map_11_point: {
        double sum = 0;
        int counted = 0;
        for (std::size_t c = 0; c < classes_; ++c) {
          const double precision = of_class(c, drawn, average_precision_11_point);
          if (std::isnan(precision)) continue;
          sum += precision;
          ++counted;
        }
        return sum / counted;
      }
    }
    throw_internal("metric {}", static_cast<int>(metric));
  }

 private:
  const ImageOutcome& image(std::uint32_t i) const { return outcome_.images[i]; }
  int best(std::uint32_t i) const { return image(i).top.front().of_class; }
  bool is_of(std::uint32_t i, int c) const { return std::ranges::find(image(i).classes, c) != image(i).classes.end(); }
  template <class Measure>
  double of_class(std::size_t c, std::span<const std::uint32_t> drawn, Measure measure) const {
    std::vector<std::uint8_t> positive;
    std::vector<float> scores;
    for (const std::uint32_t i : drawn) {
      positive.push_back(is_of(i, static_cast<int>(c)) ? 1 : 0);
      scores.push_back(probabilities_[i * classes_ + c]);
    }
    return measure(positive, scores);
  }

  const Outcome& outcome_;
  std::span<const float> probabilities_;
  std::size_t classes_;
};

class ClassificationData : public BenchmarkData {
 public:
  ClassificationData(const fs::path& folder, const Benchmark* benchmark)
      : id_(folder.filename().string()),
        benchmark_(benchmark),
        folder_(read_class_folder(folder, std::string(kSplit), benchmark != nullptr && benchmark->repeated_names)) {
    for (std::size_t i = 0; i < folder_.labels.size(); ++i) hash_.add({"class", std::to_string(i), folder_.labels[i]});
    for (const LabelledImage& image : folder_.images) {
      std::string classes;
      for (const int c : image.classes) classes += std::to_string(c) + ",";
      hash_.add({"image", classes, read_file(image.path)});
    }
  }

  BenchmarkResult describe(const ReportSettings& settings) const override {
    BenchmarkResult result;
    result.benchmark = benchmark_ == nullptr ? id_ : std::string(benchmark_->name);
    const PromptSet prompts = prompts_for(settings.prompts, id_);
    ContentHash of_prompts;
    for (const PromptTemplate& prompt : prompts.templates) of_prompts.add({prompt.before, prompt.after});
    result.settings = fmt::format("{}, context {}", settings.encoder.precision, settings.encoder.context_length);
    result.protocol = fmt::format("zero-shot, split {}, {} images of {} classes, {} prompts ({}, {})", kSplit,
                                  grouped(folder_.images.size()), grouped(folder_.labels.size()),
                                  prompts.templates.size(), prompts.name, of_prompts.hex().substr(0, 12));
    result.content = hash_.hex();
    if (benchmark_ != nullptr) {
      if (!is_whole(*benchmark_, folder_.images.size(), folder_.labels.size()))
        result.apart = coverage(*benchmark_, folder_.images.size(), folder_.labels.size());
      if (settings.prompts != "official") result.apart = "other prompts";
      if (settings.fine_tuned) result.apart = "zero-shot figures are published, not fine-tuned ones";
    }
    return result;
  }

  void measure(Encoder& encoder, const ReportSettings& settings, BenchmarkResult& result) const override {
    ZeroShotSettings zero_shot;
    zero_shot.dataset = id_;
    zero_shot.prompts = settings.prompts;
    zero_shot.context_length = settings.encoder.context_length;
    zero_shot.skip_broken = settings.skip_broken;
    if (benchmark_ != nullptr) zero_shot.metric = benchmark_->metric;
    const ZeroShotResult measured = evaluate_zero_shot(encoder, folder_, zero_shot);
    result.left_out = static_cast<std::int64_t>(measured.skipped.size());
    const Resampled resampled(measured.outcome, measured.probabilities, folder_.classes());
    const auto add = [&](Metric metric, double value) -> Figure& {
      const auto percent = [&](auto drawn) { return 100 * resampled(metric, drawn); };
      // Every draw ranks all images once a class.
      const int draws = metric == Metric::map_11_point ? 200 : 1000;
      return result.figures.emplace_back(Figure{"",
                                                std::string(name_of(metric)),
                                                100 * value,
                                                bootstrap(measured.outcome.images.size(), percent, draws),
                                                {}});
    };
    Figure& own = add(zero_shot.metric, measured.outcome.value);
    const auto place = published_place(result.architecture);
    if (benchmark_ != nullptr && place && result.apart.empty()) own.published = benchmark_->published[*place];
    if (zero_shot.metric != Metric::accuracy) add(Metric::accuracy, measured.outcome.accuracy);
  }

 private:
  std::string id_;
  const Benchmark* benchmark_;
  ClassFolder folder_;
  ContentHash hash_;
};

}  // namespace

std::optional<std::size_t> published_place(const std::string& architecture) {
  const auto found = std::ranges::find(kPublishedModels, architecture);
  if (found == kPublishedModels.end()) return {};
  return static_cast<std::size_t>(found - kPublishedModels.begin());
}

std::unique_ptr<BenchmarkData> open_classification_data(const fs::path& folder) {
  if (!fs::exists(folder / "label_cn.txt")) return nullptr;
  return std::make_unique<ClassificationData>(folder, find_benchmark(folder.filename().string()));
}

}  // namespace cnclip
