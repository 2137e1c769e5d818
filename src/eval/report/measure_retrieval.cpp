#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/html.h"
#include "data/dataset.h"
#include "data/formats/official_lmdb.h"
#include "eval/classification/benchmarks.h"
#include "eval/report/content_hash.h"
#include "eval/report/measure.h"
#include "eval/report/published.h"
#include "eval/report/word_tags.h"
#include "eval/retrieval/evaluate_split.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

const RetrievalBenchmark* find_retrieval_benchmark(const std::string& id) {
  const auto found = std::ranges::find(retrieval_benchmarks(), id, &RetrievalBenchmark::id);
  return found == retrieval_benchmarks().end() ? nullptr : &*found;
}

class RetrievalData : public BenchmarkData {
 public:
  RetrievalData(const fs::path& folder, std::string split, const RetrievalBenchmark* benchmark)
      : name_(benchmark == nullptr ? folder.filename().string() : std::string(benchmark->name)),
        split_(std::move(split)),
        benchmark_(benchmark),
        data_(open_dataset(folder, split_)) {
    for (auto images = data_->images(); auto image = images->next(); ++images_) {
      hash_.add({"image", image->id, content_of(*image)});
    }
    std::size_t tagged = 0;
    for (auto texts = data_->texts(); auto text = texts->next(); ++texts_) {
      std::vector<std::string> ids;
      for (const Id& id : text->image_ids) ids.push_back(id.text);
      std::ranges::sort(ids);
      hash_.add({"text", text->id.text, text->text, fmt::format("{}", fmt::join(ids, "\n"))});
      tagged += has_word_tags(text->text) ? 1 : 0;
    }
    tagged_ = 2 * tagged > texts_;
  }

  BenchmarkResult describe(const ReportSettings& settings) const override {
    BenchmarkResult result;
    result.benchmark = name_;
    result.settings = settings_text(settings);
    result.protocol = fmt::format("{}, split {}, {} images, {} texts", settings.fine_tuned ? "fine-tuned" : "zero-shot",
                                  split_, grouped(images_), grouped(texts_));
    result.content = hash_.hex();
    if (benchmark_ == nullptr) return result;
    const auto images = static_cast<std::uint64_t>(benchmark_->images),
               texts = static_cast<std::uint64_t>(benchmark_->texts);
    if (images != images_ || texts != texts_) {
      result.apart = fmt::format("they are of {} images and {} texts", grouped(images), grouped(texts));
    } else if (tagged_) {
      result.apart = "these captions carry tags of word kinds (word/n)";
    }
    return result;
  }

  void measure(Encoder& encoder, const ReportSettings& settings, BenchmarkResult& result) const override {
    SplitSettings split;
    split.name = name_;
    split.encode.context_length = settings.encoder.context_length;
    split.skip_broken = settings.skip_broken;
    const RetrievalResult measured = evaluate_retrieval(encode_split(encoder, *data_, split), {});
    result.left_out = measured.images_left_out + measured.texts_left_out;
    const PublishedModel* published = nullptr;
    const auto place = classification::published_place(result.architecture);
    if (benchmark_ != nullptr && place && result.apart.empty())
      published = &(settings.fine_tuned ? benchmark_->fine_tuned : benchmark_->zero_shot)[*place];
    add("text to image", measured.text_to_image,
        published == nullptr ? std::nullopt : std::optional(published->text_to_image), result);
    add("image to text", measured.image_to_text, published == nullptr ? std::nullopt : published->image_to_text,
        result);
  }

 private:
  static void add(const std::string& direction, const Direction& measured,
                  const std::optional<PublishedRecall>& published, BenchmarkResult& result) {
    const auto figure = [&](const char* name, double RecallScores::*score, std::optional<double> known) {
      const auto resampled = [&](std::span<const std::uint32_t> drawn) {
        std::vector<std::int32_t> hits;
        for (const std::uint32_t query : drawn) hits.push_back(measured.first_hit[query]);
        return recall_scores(hits).*score;
      };
      result.figures.push_back(
          {direction, name, measured.recall.*score, bootstrap(measured.first_hit.size(), resampled), known});
    };
    const auto known = [&](double PublishedRecall::*value) {
      return published ? std::optional((*published).*value) : std::nullopt;
    };
    figure("R@1", &RecallScores::r1, known(&PublishedRecall::r1));
    figure("R@5", &RecallScores::r5, known(&PublishedRecall::r5));
    figure("R@10", &RecallScores::r10, known(&PublishedRecall::r10));
    std::optional<double> mean;
    if (published) mean = (published->r1 + published->r5 + published->r10) / 3;
    figure("mean", &RecallScores::mean, mean);
  }

  std::string name_, split_;
  const RetrievalBenchmark* benchmark_;
  std::unique_ptr<Dataset> data_;
  std::size_t images_ = 0, texts_ = 0;
  bool tagged_ = false;
  ContentHash hash_;
};

}  // namespace

std::unique_ptr<BenchmarkData> open_retrieval_data(const fs::path& folder) {
  const RetrievalBenchmark* benchmark = find_retrieval_benchmark(folder.filename().string());
  const std::string split(benchmark == nullptr ? "test" : benchmark->split);
  const bool there = fs::exists(folder / (split + "_texts.jsonl")) || find_lmdb_split(folder, split);
  if (!there) {
    if (benchmark == nullptr) return nullptr;
    throw_bad_input("{}: no split {} of {}", folder.string(), split, benchmark->name);
  }
  return std::make_unique<RetrievalData>(folder, split, benchmark);
}

}  // namespace cnclip
