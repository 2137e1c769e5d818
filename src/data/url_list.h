// The list of addresses that img2dataset fetches from.
#pragma once

#include "data/dataset.h"
#include "data/fault_log.h"

namespace cnclip {

struct UrlListReport {
  std::uint64_t rows = 0, without_url = 0;
};

// A row a caption: url, caption, image_id, text_id. `target` ends in .csv, .tsv or .jsonl.
UrlListReport write_url_list(const Dataset& dataset, const std::filesystem::path& target, FaultLog& faults);

}  // namespace cnclip
