// One split of a data set, in any of the forms that cnclip reads.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "data/formats/record.h"

namespace cnclip {

// What is wrong with one record: file, line and reason.
using FaultSink = std::function<void(const std::string& fault)>;

// Every call opens its own reader, from the start. Opening what is not there throws bad_input.
class Dataset {
 public:
  virtual ~Dataset() = default;
  // Every image; its captions only where they lie beside it.
  virtual std::unique_ptr<Source<Sample>> images() const = 0;
  // Every caption, in the order of its file, those without images among them.
  virtual std::unique_ptr<Source<Text>> texts() const = 0;
  // Every image with all its captions.
  virtual std::unique_ptr<Source<Sample>> samples() const = 0;
  // Faults of the containers, which no single record shows: counts, check sums, indexes.
  virtual void check(const FaultSink&) const {}
  // What it is read from.
  virtual std::vector<std::filesystem::path> files() const = 0;
  virtual std::string kind() const = 0;
};

// `source` is one of
//   a folder with <split>_imgs.tsv and <split>_texts.jsonl (official)
//   an LMDB split (imgs/ and pairs/), or a folder above it: <split>/ or lmdb/<split>/
//   a folder of tar shards, cnclip's own (manifest.json) or others'; one tar file
//   a table of captions: .csv, .tsv, .jsonl, .parquet, a folder of .parquet parts; a .json of COCO or Visual Genome.
//   Their pictures lie below `images`, by default the folder of that file. A folder with captions.csv (.tsv, .jsonl) or
//   metadata.csv (.jsonl) is that table.
// Only the first and the folder above LMDB splits need `split`; cnclip's shards are checked against it when it is
// given.
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& source, const std::string& split,
                                      const std::filesystem::path& images = {});

// Whether it is an address without bytes, which img2dataset is to fetch.
inline bool is_address(const Sample& sample) {
  return sample.bytes.empty() && sample.error.empty() && sample.metadata.contains("url");
}

}  // namespace cnclip
