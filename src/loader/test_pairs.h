// Stores of pairs for tests and benchmarks.
#pragma once

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "loader/pairs.h"

namespace cnclip {

class MemoryPairs : public PairStore {
 public:
  explicit MemoryPairs(std::vector<Pair> samples, std::vector<std::size_t> shards = {})
      : samples_(std::move(samples)), shards_(std::move(shards)) {
    if (shards_.empty()) shards_.push_back(samples_.size());
  }
  std::size_t size() const override { return samples_.size(); }
  using PairStore::get;
  Pair get(std::size_t index, PairParts parts) const override {
    Pair pair = samples_[index];
    if (parts == PairParts::text) pair.image.clear();
    return pair;
  }
  std::vector<std::size_t> shard_sizes() const override { return shards_; }

 private:
  std::vector<Pair> samples_;
  std::vector<std::size_t> shards_;
};

// The files of one folder by name; each picture's text is its name.
class FolderPairs : public PairStore {
 public:
  explicit FolderPairs(const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths_.push_back(entry.path());
    std::ranges::sort(paths_);
  }
  std::size_t size() const override { return paths_.size(); }
  using PairStore::get;
  Pair get(std::size_t index, PairParts parts) const override {
    const auto id = static_cast<std::int64_t>(index);
    return {id, id, parts == PairParts::all ? read_file(paths_[index]) : "", paths_[index].stem().string(),
            paths_[index].string()};
  }

 private:
  std::vector<std::filesystem::path> paths_;
};

}  // namespace cnclip
