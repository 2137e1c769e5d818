#include <fmt/ranges.h>

#include "base/html.h"
#include "data/formats/image_files.h"
#include "eval/classification/benchmarks.h"
#include "eval/classification/zero_shot.h"
#include "eval/report/content_hash.h"
#include "eval/report/measure.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;
using namespace classification;

constexpr std::string_view kSplit = "test";

class ClassificationData : public BenchmarkData {
 public:
  ClassificationData(const fs::path& folder, const Benchmark* benchmark)
      : id_(folder.filename().string()),
        benchmark_(benchmark),
        folder_(read_class_folder(folder, std::string(kSplit), benchmark != nullptr && benchmark->repeated_names)) {
    for (std::size_t i = 0; i < folder_.labels.size(); ++i) hash_.add({"class", std::to_string(i), folder_.labels[i]});
    std::vector<ImageFile> files;
    for (const LabelledImage& image : folder_.images) files.push_back({image.id, image.path});
    const auto pictures = open_image_files(std::move(files));
    for (const LabelledImage& image : folder_.images) {
      const std::string classes = fmt::format("{}", fmt::join(image.classes, ","));
      hash_.add({"image", classes, content_of(pictures->next().value())});
    }
  }

  BenchmarkResult describe(const ReportSettings& settings) const override {
    BenchmarkResult result;
    result.benchmark = benchmark_ == nullptr ? id_ : std::string(benchmark_->name);
    const PromptSet prompts = prompts_for(settings.prompts, id_);
    ContentHash of_prompts;
    for (const PromptTemplate& prompt : prompts.templates) of_prompts.add({prompt.before, prompt.after});
    result.settings = settings_text(settings);
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
    const auto add = [&](Metric metric, double value) -> Figure& {
      const auto percent = [&](auto drawn) {
        return 100 * figure_of(metric, measured.outcome, measured.probabilities, drawn);
      };
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

std::unique_ptr<BenchmarkData> open_classification_data(const fs::path& folder) {
  if (!fs::exists(folder / "label_cn.txt")) return nullptr;
  return std::make_unique<ClassificationData>(folder, find_benchmark(folder.filename().string()));
}

}  // namespace cnclip
