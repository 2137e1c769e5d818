// A data set written in another form.
//
// What is wrong with single records is told and counted, and they are left out: broken lines, ids met before, captions
// whose images are not there. The same source and settings give the same bytes. A run that was killed is taken up by
// the next with the same settings: finished shards are kept; LMDB and TSV files begin anew.
#pragma once

#include "data/dataset.h"

namespace cnclip {

enum class DataFormat { shards, lmdb, tsv };

struct ConvertSettings {
  DataFormat format = DataFormat::shards;
  std::string split;
  std::size_t shard_size = 5000;            // samples
  int image_size = 0;                       // re-encode pictures to this side; 0: bytes stay as they are
  std::optional<std::uint64_t> max_errors;  // more than these end the run with bad_input
  FaultSink fault;
};

struct ConvertReport {
  std::uint64_t images = 0, texts = 0, pairs = 0, errors = 0;
  std::uint64_t texts_without_images = 0;  // written, unless the format has no room for them (LMDB)
  std::uint64_t images_without_texts = 0;
  std::uint64_t bytes = 0;
  bool was_complete = false;  // an earlier run had done it all
};

// Writes into the folder `target`:
//   shards  <split>-000000.tar and .idx, …, texts.jsonl, manifest.json
//   lmdb    imgs/, pairs/, manifest.json
//   tsv     <split>_imgs.tsv, <split>_texts.jsonl, <split>_manifest.json
// and errors.jsonl (<split>_errors.jsonl) where there were faults. Throws bad_input when the folder holds anything
// else under these names, and when no image is left.
ConvertReport convert_dataset(const Dataset& dataset, const std::filesystem::path& target,
                              const ConvertSettings& settings);

}  // namespace cnclip
