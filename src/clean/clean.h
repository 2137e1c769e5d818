// A data set in, what the rules leave of it out, with a report.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "clean/facts.h"
#include "clean/report.h"

namespace cnclip::clean {

struct CleanOptions {
  std::filesystem::path source;  // rows as open_rows reads them, an official folder, or another that open_dataset takes
  std::string split = "train";   // as open_dataset takes it; shards are named by it
  std::filesystem::path rules;   // TOML
  std::filesystem::path output;  // folder to be
  int workers = 1;
  std::optional<Part> part;  // find out the facts of this part only
};

// Into `output` go the kept records under the name of their file, as they stood there (an official folder's texts keep
// the ids of kept pictures only, and its pictures those that a kept text names or that no text names and no rule
// drops; of other data sets that is what the tar shards in shards/ hold); dropped.tsv, the number and rule of every
// dropped row, counted from 1; report.json; report.html.
//
// The first pass finds facts in parallel and keeps them in output/work-*, so that a run that was interrupted, or whose
// parts ran elsewhere, goes on from there; with `part`, that is all, and nothing is returned. The second decides in row
// order. The same rows and rules give the same output whatever the workers, parts and interruptions. Memory: up to
// about 40 bytes a row and 60 a picture.
//
// Rules that look at pictures do not apply to rows that have only urls.
std::optional<Report> clean(const CleanOptions& options);

}  // namespace cnclip::clean
