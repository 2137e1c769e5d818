// The vectors of a library in memory. They change while they are searched.
#pragma once

#include <mutex>
#include <unordered_map>

#include "search/nearest/snapshot.h"

namespace cnclip::search {

// One thread writes; snapshot() may be called by any. What is written is seen after publish(). Adding costs the same
// however many vectors there are.
class VectorStore {
 public:
  explicit VectorStore(std::int64_t width);
  // Goes on from what a cache holds.
  explicit VectorStore(Snapshot start);

  std::int64_t width() const { return width_; }
  // Takes the place of the row's vector where it has one. Throws bad_input for another width, and for a vector that is
  // not of unit length.
  void set(std::int64_t row, std::span<const float> vector);
  void remove(std::int64_t row);  // if it is there
  void clear();
  void publish();

  std::shared_ptr<const Snapshot> snapshot() const;

 private:
  struct OpenBlock;
  struct Place {
    std::uint32_t block = 0, at = 0;
  };
  void find_places();
  RowBlock& block_with_room();

  std::int64_t width_;
  Snapshot next_;
  std::shared_ptr<OpenBlock> open_;                                    // the last block, being filled
  std::vector<std::shared_ptr<std::vector<std::uint64_t>>> unshared_;  // for each block: bits that no reader has seen
  std::unordered_map<std::int64_t, Place> places_;
  bool places_known_ = true;
  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<const Snapshot> published_;
};

}  // namespace cnclip::search
