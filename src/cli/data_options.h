// What the commands on data sets share.
#pragma once

#include "cli/commands.h"
#include "cli/output.h"
#include "data/dataset.h"

namespace cnclip {

struct DatasetChoice {
  std::string source, split, images;

  void add_to(CLI::App& command) {
    command
        .add_option(
            "source", source,
            "Official folder (TSV and JSONL), LMDB split, shards of cnclip, img2dataset or WebDataset, a table of "
            "captions (.csv, .tsv, .jsonl, .parquet), a .json of COCO or Visual Genome")
        ->required();
    command.add_option("--split", split, "train, valid, test, …");
    command.add_option("--images", images, "Folder of the pictures that a table or a .json names; default: its own");
  }
  std::unique_ptr<Dataset> open() const { return open_dataset(source, split, images); }
};

// The first faults on standard error, and how many more there were.
class FaultPrinter {
 public:
  explicit FaultPrinter(std::uint64_t limit) : limit_(limit) {}
  void operator()(const std::string& fault) {
    if (++count_ <= limit_) note(fault);
  }
  std::uint64_t left_out() const { return count_ > limit_ ? count_ - limit_ : 0; }

 private:
  std::uint64_t limit_, count_ = 0;
};

}  // namespace cnclip
