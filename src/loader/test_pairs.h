// Stores of pairs for tests and benchmarks.
#pragma once

#include <algorithm>
#include <filesystem>

#include "base/error.h"
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

// A picture of 24 x 20 pixels and a text.
inline Pair sample_pair(std::int64_t id) {
  std::string image = "P6\n24 20\n255\n";
  for (int i = 0; i < 24 * 20 * 3; ++i) image.push_back(static_cast<char>((i * i / 7 + 31 * id) % 251));
  return {id, 1000 + id, image, fmt::format("第{}张图片", id), fmt::format("pair {}", id)};
}

inline std::vector<Pair> sample_pairs(std::int64_t count) {
  std::vector<Pair> made;
  for (std::int64_t id = 0; id < count; ++id) made.push_back(sample_pair(id));
  return made;
}

// Of its ten pairs 3, 4 and 9 are damaged: in the file, in the picture, in the text.
class DamagedPairs : public MemoryPairs {
 public:
  DamagedPairs() : MemoryPairs(damaged_pairs()) {}
  using MemoryPairs::get;
  Pair get(std::size_t index, PairParts parts) const override {
    if (index == 3) throw_bad_input("pair {}: cannot be read", index);
    return MemoryPairs::get(index, parts);
  }

 private:
  static std::vector<Pair> damaged_pairs() {
    std::vector<Pair> made = sample_pairs(10);
    made[4].image.resize(50);
    made[9].text = "\xff";
    return made;
  }
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
