#include "search/nearest/vector_store.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "search/nearest/codes.h"

namespace cnclip::search {

// Memory that no row lies in yet is never touched.
struct VectorStore::OpenBlock {
  explicit OpenBlock(std::size_t width)
      : rows(std::make_unique_for_overwrite<std::int64_t[]>(kBlockRows)),
        vectors(std::make_unique_for_overwrite<float[]>(kBlockRows * width)),
        codes(
            std::make_unique_for_overwrite<std::uint8_t[]>(kBlockRows * code_stride(static_cast<std::int64_t>(width)))),
        scales(std::make_unique_for_overwrite<float[]>(kBlockRows)),
        errors(std::make_unique_for_overwrite<float[]>(kBlockRows)) {}
  std::unique_ptr<std::int64_t[]> rows;
  std::unique_ptr<float[]> vectors;
  std::unique_ptr<std::uint8_t[]> codes;
  std::unique_ptr<float[]> scales, errors;
};

VectorStore::VectorStore(std::int64_t width) : width_(width) {
  next_.width = width;
  publish();
}

VectorStore::VectorStore(Snapshot start)
    : width_(start.width), next_(std::move(start)), unshared_(next_.blocks.size()), places_known_(false) {
  publish();
}

void VectorStore::set(std::int64_t row, std::span<const float> vector) {
  if (std::ssize(vector) != width_)
    throw_bad_input("the vector of row {} has {} values, not {}", row, vector.size(), width_);
  const float square = exact_product(vector, vector);
  if (!(std::abs(square - 1) < 0.03f)) throw_bad_input("the vector of row {} has the square {}, not 1", row, square);
  remove(row);

  RowBlock& block = block_with_room();
  const std::size_t at = block.count, width = vector.size(), stride = code_stride(width_);
  const RowCode code = make_row_code(vector, &open_->codes[at * stride]);
  std::ranges::copy(vector, &open_->vectors[at * width]);
  open_->rows[at] = row;
  open_->scales[at] = code.scale;
  open_->errors[at] = code.error;
  ++block.count;
  ++next_.count;
  places_[row] = {static_cast<std::uint32_t>(next_.blocks.size() - 1), static_cast<std::uint32_t>(at)};
}

RowBlock& VectorStore::block_with_room() {
  if (open_ == nullptr || next_.blocks.back().count == kBlockRows) {
    open_ = std::make_shared<OpenBlock>(static_cast<std::size_t>(width_));
    next_.blocks.push_back({0, open_->rows.get(), open_->vectors.get(), open_->codes.get(), open_->scales.get(),
                            open_->errors.get(), open_, nullptr});
    unshared_.emplace_back();
  }
  return next_.blocks.back();
}

void VectorStore::remove(std::int64_t row) {
  if (!places_known_) find_places();
  const auto found = places_.find(row);
  if (found == places_.end()) return;
  const auto [block, at] = found->second;
  auto& bits = unshared_[block];
  if (bits == nullptr) {  // readers keep the bits they know
    const auto& shared = next_.blocks[block].gone;
    bits = shared == nullptr ? std::make_shared<std::vector<std::uint64_t>>(kBlockRows / 64)
                             : std::make_shared<std::vector<std::uint64_t>>(*shared);
    next_.blocks[block].gone = bits;
  }
  (*bits)[at / 64] |= std::uint64_t{1} << at % 64;
  places_.erase(found);
  --next_.count;
}

void VectorStore::find_places() {
  places_.reserve(static_cast<std::size_t>(next_.count));
  for (std::size_t block = 0; block < next_.blocks.size(); ++block) {
    const RowBlock& rows = next_.blocks[block];
    for (std::size_t at = 0; at < rows.count; ++at) {
      if (rows.holds(at)) places_[rows.rows[at]] = {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(at)};
    }
  }
  places_known_ = true;
}

void VectorStore::clear() {
  next_ = {width_, 0, {}, nullptr};
  open_ = nullptr;
  unshared_.clear();
  places_.clear();
  places_known_ = true;
}

void VectorStore::publish() {
  auto made = std::make_shared<const Snapshot>(next_);
  for (auto& bits : unshared_) bits = nullptr;
  const std::scoped_lock lock(mutex_);
  published_ = std::move(made);
}

std::shared_ptr<const Snapshot> VectorStore::snapshot() const {
  const std::scoped_lock lock(mutex_);
  return published_;
}

}  // namespace cnclip::search
