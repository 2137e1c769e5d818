#include "data/stats.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/ordered_pipeline.h"
#include "base/threads.h"
#include "cnclip/image.h"
#include "cnclip/tokenizer.h"
#include "data/formats/fingerprint.h"
#include "data/formats/tar_samples.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

constexpr std::size_t kWindow = 64;
constexpr std::size_t kListed = 20;
constexpr int kLongContext = 512;  // the position table of BERT ends there

struct Measured {
  std::string id, error;
  std::string_view kind;
  Fingerprint bytes;
  std::size_t size = 0;
  int width = 0, height = 0;
  bool undecodable = false;
};

Measured measured(Sample sample) {
  Measured image{sample.id, sample.error, {}, {}, sample.bytes.size()};
  if (!image.error.empty()) return image;
  if (is_address(sample)) {
    image.kind = "url";
    return image;
  }
  image.bytes = fingerprint(sample.bytes);
  image.kind = image_extension(sample.bytes);
  try {
    const Image decoded = decode_image(std::as_bytes(std::span(sample.bytes)), sample.where);
    image.width = decoded.width;
    image.height = decoded.height;
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    image.error = error.what();
    image.undecodable = true;
  }
  return image;
}

struct HashOf {
  std::size_t operator()(const Fingerprint& print) const { return print.low; }
};
using Counts = std::unordered_map<Fingerprint, std::uint64_t, HashOf>;

class Survey {
 public:
  Survey(const Dataset& dataset, const Dataset* against, const FaultSink& sink)
      : dataset_(dataset), against_(against), sink_(sink) {}

  DatasetStats run() {
    stats_.kind = dataset_.kind();
    if (against_ != nullptr) read_other();
    images();
    texts();
    commonest();
    return std::move(stats_);
  }

 private:
  void fault(const std::string& what) {
    ++stats_.errors;
    if (sink_) sink_(what);
  }

  void read_other() {
    const auto images = against_->images();
    while (const auto image = images->next()) {
      if (image->error.empty()) other_images_.insert(image->bytes);
    }
    const auto texts = against_->texts();
    while (const auto text = texts->next()) {
      if (text->error.empty()) other_texts_.insert(text->text);
    }
  }

  void images() {
    FingerprintSet seen;
    const auto source = dataset_.images();
    const int workers = thread_count();
    OrderedPipeline<Sample, Measured> pipeline(
        workers, kWindow, [&] { return source->next(); }, measured);
    while (const auto image = pipeline.next()) {
      if (!image->error.empty()) fault(image->error);
      stats_.undecodable += image->undecodable ? 1 : 0;
      if (image->kind.empty()) continue;  // nothing was read
      ++stats_.images;
      captions_of_.emplace(fingerprint(image->id), 0);
      ++stats_.image_kinds[std::string(image->kind)];
      if (image->kind == "url") continue;
      stats_.image_kib.add((image->size + 1023) / 1024);
      if (!image->undecodable) {
        stats_.widths.add(static_cast<std::uint64_t>(image->width));
        stats_.heights.add(static_cast<std::uint64_t>(image->height));
      }
      stats_.duplicate_images += seen.insert(image->bytes) ? 0 : 1;
      if (other_images_.contains(image->bytes)) {
        ++stats_.shared_images;
        if (stats_.shared_image_ids.size() < kListed) stats_.shared_image_ids.push_back(image->id);
      }
    }
  }

  void texts() {
    const auto source = dataset_.texts();
    while (const auto text = source->next()) {
      if (!text->error.empty()) {
        fault(text->error);
        continue;
      }
      ++stats_.texts;
      stats_.pairs += text->image_ids.size();
      stats_.texts_without_images += text->image_ids.empty() ? 1 : 0;
      for (const Id& id : text->image_ids) {
        if (const auto image = captions_of_.find(fingerprint(id.text)); image != captions_of_.end()) ++image->second;
      }
      const Fingerprint print = fingerprint(text->text);
      stats_.duplicate_texts += ++times_[print] > 1 ? 1 : 0;
      stats_.shared_texts += other_texts_.contains(print) ? 1 : 0;
      measure(text->text);
    }
    for (const auto& [image, captions] : captions_of_) {
      stats_.captions_per_image.add(captions);
      stats_.images_without_texts += captions == 0 ? 1 : 0;
    }
  }

  void measure(const std::string& text) {
    const std::u32string characters = decode_utf8(text);
    stats_.characters.add(characters.size());
    const auto han = std::count_if(characters.begin(), characters.end(), is_ideograph);
    const auto spaces =
        std::count_if(characters.begin(), characters.end(), [](char32_t c) { return c == ' ' || c == 0x3000; });
    const auto others = static_cast<std::int64_t>(characters.size()) - spaces;
    if (others > 0) stats_.han_percent.add(static_cast<std::uint64_t>(100 * han / others));
    const std::size_t tokens = Tokenizer::chinese().encode(text, kLongContext).ids.size();
    stats_.tokens.add(tokens);
    stats_.cut_texts += tokens > kOfficialContext ? 1 : 0;
  }

  // The captions met most often; a second reading finds their words.
  void commonest() {
    std::vector<std::pair<std::uint64_t, Fingerprint>> top;
    for (const auto& [print, times] : times_) {
      if (times > 1) top.emplace_back(times, print);
    }
    const std::size_t listed = std::min(kListed, top.size());
    std::partial_sort(top.begin(), top.begin() + static_cast<std::ptrdiff_t>(listed), top.end(), std::greater<>());
    top.resize(listed);
    stats_.commonest_texts.resize(listed);
    const auto source = dataset_.texts();
    while (listed > 0) {
      const auto text = source->next();
      if (!text) break;
      const Fingerprint print = fingerprint(text->text);
      for (std::size_t i = 0; i < listed; ++i) {
        if (top[i].second == print) stats_.commonest_texts[i] = {text->text, top[i].first};
      }
    }
  }

  const Dataset& dataset_;
  const Dataset* against_;
  const FaultSink& sink_;
  FingerprintSet other_images_, other_texts_;
  Counts captions_of_;  // image id -> captions
  Counts times_;        // caption -> lines
  DatasetStats stats_;
};

nlohmann::ordered_json summary(const Distribution& values) {
  return {{"min", values.minimum()}, {"p5", values.quantile(0.05)},  {"median", values.quantile(0.5)},
          {"mean", values.mean()},   {"p95", values.quantile(0.95)}, {"max", values.maximum()}};
}

}  // namespace

DatasetStats describe_dataset(const Dataset& dataset, const Dataset* against, const FaultSink& fault) {
  return Survey(dataset, against, fault).run();
}

nlohmann::ordered_json stats_json(const DatasetStats& stats) {
  using Json = nlohmann::ordered_json;
  Json commonest = Json::array();
  for (const auto& [text, times] : stats.commonest_texts) commonest.push_back({{"text", text}, {"times", times}});
  const auto chinese = stats.han_percent.count() == 0 ? 0.0 : stats.han_percent.mean() / 100;
  Json json = {{"kind", stats.kind},
               {"images", stats.images},
               {"texts", stats.texts},
               {"pairs", stats.pairs},
               {"errors", stats.errors},
               {"undecodable", stats.undecodable},
               {"images_without_texts", stats.images_without_texts},
               {"texts_without_images", stats.texts_without_images},
               {"duplicate_images", stats.duplicate_images},
               {"duplicate_texts", stats.duplicate_texts},
               {"image_kinds", stats.image_kinds},
               {"width", summary(stats.widths)},
               {"height", summary(stats.heights)},
               {"image_kib", summary(stats.image_kib)},
               {"captions_per_image", summary(stats.captions_per_image)},
               {"characters", summary(stats.characters)},
               {"tokens", summary(stats.tokens)},
               {"texts_over_52_tokens", stats.cut_texts},
               {"share_of_chinese", chinese},
               {"commonest_texts", std::move(commonest)}};
  if (!stats.against.empty()) {
    json["against"] = {{"source", stats.against},
                       {"shared_images", stats.shared_images},
                       {"shared_texts", stats.shared_texts},
                       {"shared_image_ids", stats.shared_image_ids}};
  }
  return json;
}

}  // namespace cnclip
