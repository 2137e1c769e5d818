// The index beside each shard, for reading samples in any order. A text file in the format of NVIDIA DALI's wds2idx:
// "v1.2 <samples>", then a line a sample of "<extension> <offset> <bytes> <name>" for each of its files.
#pragma once

#include <filesystem>
#include <functional>

#include "base/random_file.h"
#include "data/formats/record.h"

namespace cnclip {

struct ShardMember {
  std::string extension;
  std::uint64_t offset = 0, bytes = 0;  // of the content, in the tar file
  std::string name;
};
using ShardEntry = std::vector<ShardMember>;  // one sample: the image, then the JSON

std::filesystem::path index_path(const std::filesystem::path& shard);
std::string index_line(const ShardEntry& entry);

// Throws bad_input with file and line.
std::vector<ShardEntry> read_shard_index(const std::filesystem::path& index);

// One shard with its index: any sample, in any order. Any number of threads.
class ShardReader {
 public:
  explicit ShardReader(const std::filesystem::path& shard);
  std::size_t size() const { return entries_.size(); }
  Sample read(std::size_t index) const;
  // Tells `fault` of files that are not where the index says.
  void check(const std::function<void(const std::string&)>& fault) const;

 private:
  RandomFile file_;
  std::vector<ShardEntry> entries_;
};

// The same, and what keeps the shard from being opened at all.
void check_shard_index(const std::filesystem::path& shard, const std::function<void(const std::string&)>& fault);

}  // namespace cnclip
