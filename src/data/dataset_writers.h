// What a conversion writes to: all samples first, then all texts.
#pragma once

#include "data/conversion_journal.h"

namespace cnclip {

class DatasetWriter {
 public:
  virtual ~DatasetWriter() = default;
  // How many samples of the source are in place already, from a run that was interrupted: these need no add().
  virtual std::uint64_t inputs_done() const { return 0; }
  // Which of those could not be re-encoded.
  virtual std::vector<std::pair<std::uint64_t, std::string>> inputs_failed() const { return {}; }
  // `input` is the sample's place in the source. Throws usage for what the format cannot hold.
  virtual void add(std::uint64_t input, const Sample& sample) = 0;
  virtual void fail(std::uint64_t, const std::string&) {}
  virtual void add(const Text& text) = 0;
  // Everything in place; the files for the manifest.
  virtual std::vector<ManifestFile> finish() = 0;
};

std::unique_ptr<DatasetWriter> make_shard_writer(const std::filesystem::path& folder, const std::string& split,
                                                 std::size_t shard_size, ConversionJournal& journal);
std::unique_ptr<DatasetWriter> make_lmdb_writer(const std::filesystem::path& folder);
std::unique_ptr<DatasetWriter> make_tsv_writer(const std::filesystem::path& folder, const std::string& split);

}  // namespace cnclip
