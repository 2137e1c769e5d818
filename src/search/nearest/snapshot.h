// Vectors as they were at one time. Nothing in it changes, so that any number of threads may search it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace cnclip::search {

inline constexpr std::size_t kBlockRows = 4096;

// Up to kBlockRows vectors that lie together, with their codes (see codes.h).
struct RowBlock {
  std::size_t count = 0;
  const std::int64_t* rows = nullptr;
  const float* vectors = nullptr;       // count x width
  const std::uint8_t* codes = nullptr;  // count x code_stride(width)
  const float* scales = nullptr;
  const float* errors = nullptr;
  std::shared_ptr<const void> owner;                       // of all these
  std::shared_ptr<const std::vector<std::uint64_t>> gone;  // a bit each for rows that count no more; null: none

  bool holds(std::size_t i) const { return gone == nullptr || ((*gone)[i / 64] >> i % 64 & 1) == 0; }
};

// Neighbours in a block.
struct Piece {
  std::uint32_t block = 0, first = 0, count = 0;
};

// Lists to look into for the 10 and for the 100 nearest, and the share of these that is then found: measured.
struct ListEffort {
  std::int64_t probes_10 = 0, probes_100 = 0;
  double recall_10 = 0, recall_100 = 0;
};

// The first blocks of a snapshot, in lists of vectors that are near one centre.
struct Partition {
  RowBlock centres;
  std::vector<Piece> pieces;              // list by list
  std::vector<std::uint32_t> list_begin;  // where each list's pieces begin; one more than there are lists
  std::size_t blocks = 0;                 // that the lists cover
  ListEffort effort;

  std::size_t lists() const { return list_begin.size() - 1; }
  std::span<const Piece> list(std::size_t i) const {
    return std::span(pieces).subspan(list_begin[i], list_begin[i + 1] - list_begin[i]);
  }
};

struct Snapshot {
  std::int64_t width = 0;
  std::int64_t count = 0;  // vectors that count
  std::vector<RowBlock> blocks;
  std::shared_ptr<const Partition> partition;  // null: none

  std::span<const float> vector(const RowBlock& block, std::size_t i) const {
    return {block.vectors + i * static_cast<std::size_t>(width), static_cast<std::size_t>(width)};
  }
};

}  // namespace cnclip::search
