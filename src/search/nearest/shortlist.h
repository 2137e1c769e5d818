// What may be among the k nearest, as long as products are known only within bounds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace cnclip::search {

struct Candidate {
  float upper = 0;  // its product is at most this
  std::uint32_t block = 0, at = 0;
};

class Shortlist {
 public:
  explicit Shortlist(std::size_t k) : k_(k) {}

  // k rows are known to reach this: whatever cannot is of no use.
  float floor() const { return floor_; }
  void raise_floor(float floor) { floor_ = std::max(floor_, floor); }

  void offer(float lower, const Candidate& candidate) {
    if (candidate.upper < floor_) return;
    candidates_.push_back(candidate);
    if (best_.size() < k_) {
      best_.push_back(lower);
      std::ranges::push_heap(best_, std::greater());
    } else if (lower > best_.front()) {
      std::ranges::pop_heap(best_, std::greater());
      best_.back() = lower;
      std::ranges::push_heap(best_, std::greater());
    }
    if (best_.size() == k_) raise_floor(best_.front());
    if (candidates_.size() >= room_) tidy();
  }
  void take(Shortlist& other) {
    raise_floor(other.floor_);
    candidates_.insert(candidates_.end(), other.candidates_.begin(), other.candidates_.end());
  }
  // The most promising first.
  std::vector<Candidate>& candidates() {
    tidy();
    std::ranges::sort(candidates_, std::greater(), &Candidate::upper);
    return candidates_;
  }

 private:
  void tidy() {
    std::erase_if(candidates_, [this](const Candidate& candidate) { return candidate.upper < floor_; });
    room_ = 2 * candidates_.size() + 1024;
  }

  std::size_t k_, room_ = 1024;
  float floor_ = -std::numeric_limits<float>::infinity();
  std::vector<float> best_;  // lower bounds, a heap with the worst in front
  std::vector<Candidate> candidates_;
};

}  // namespace cnclip::search
