// What a data set is made of.
#pragma once

#include "data/dataset.h"
#include "data/distribution.h"

namespace cnclip {

inline constexpr int kOfficialContext = 52;  // tokens, [CLS] and [SEP] among them

struct DatasetStats {
  std::string kind;

  std::uint64_t images = 0, images_without_texts = 0, duplicate_images = 0;  // of bytes met before
  std::uint64_t undecodable = 0, errors = 0;                                 // of images and of texts
  std::map<std::string, std::uint64_t> image_kinds;                          // jpg, png, …
  Distribution widths, heights, image_kib, captions_per_image;

  std::uint64_t texts = 0, texts_without_images = 0, pairs = 0;
  std::uint64_t duplicate_texts = 0;  // lines whose caption was met before
  std::uint64_t cut_texts = 0;        // longer than kOfficialContext
  Distribution characters, tokens;
  Distribution han_percent;  // characters that are Chinese, of those that are no spaces
  std::vector<std::pair<std::string, std::uint64_t>> commonest_texts;

  // Where there is a set to hold it against: what is in both.
  std::string against;
  std::uint64_t shared_images = 0, shared_texts = 0;  // of this set, by bytes and by characters
  std::vector<std::string> shared_image_ids;          // the first of them
};

// Reads everything once, captions twice; decodes on all cores. Faults are counted, and told to `fault`.
DatasetStats describe_dataset(const Dataset& dataset, const Dataset* against, const FaultSink& fault);

nlohmann::ordered_json stats_json(const DatasetStats& stats);
// A page that stands alone: no scripts, nothing loaded from elsewhere.
std::string stats_html(const DatasetStats& stats, const std::string& title);

}  // namespace cnclip
