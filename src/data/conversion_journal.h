// What lets a conversion that was killed go on: the recipe it follows, and the shards that are done.
#pragma once

#include "data/dataset.h"
#include "data/formats/manifest.h"

namespace cnclip {

// One finished shard.
struct FinishedShard {
  ManifestFile tar, index;
  std::uint64_t inputs = 0;  // how many samples of the source had been read by then
  // Of the samples since the shard before: those that could not be re-encoded, by their place in the source.
  std::vector<std::pair<std::uint64_t, std::string>> failed;
};

// A folder's journal, <prefix>journal.jsonl. Opening it claims the folder for the recipe: throws bad_input when files
// named `mine` are there that another recipe, or something else, has written.
class ConversionJournal {
 public:
  ConversionJournal(const std::filesystem::path& folder, const std::string& prefix, const std::string& recipe,
                    const std::function<bool(const std::string& name)>& mine);

  const std::vector<FinishedShard>& finished() const { return finished_; }
  void add(const FinishedShard& shard);
  void remove();

 private:
  void read(const std::string& text);

  std::filesystem::path path_;
  std::string recipe_;
  std::vector<FinishedShard> finished_;
};

}  // namespace cnclip
