// A quantity that many share: bytes in memory, for one.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

namespace cnclip::serve {

// Any thread may call.
class Budget {
 public:
  explicit Budget(std::size_t limit) : limit_(limit) {}

  // False, and nothing taken, where not so much is left.
  bool take(std::size_t amount) {
    const std::lock_guard lock(mutex_);
    if (amount > limit_ - used_) return false;
    used_ += amount;
    return true;
  }
  void give_back(std::size_t amount) {
    const std::lock_guard lock(mutex_);
    used_ -= amount;
  }
  std::size_t used() const {
    const std::lock_guard lock(mutex_);
    return used_;
  }

 private:
  mutable std::mutex mutex_;
  const std::size_t limit_;
  std::size_t used_ = 0;
};

// What one request has of a budget, given back at its end. Any thread may take.
class Share {
 public:
  explicit Share(Budget& budget) : budget_(budget) {}
  ~Share() { budget_.give_back(taken_); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  bool take(std::size_t amount) {
    if (!budget_.take(amount)) return false;
    taken_ += amount;
    return true;
  }

 private:
  Budget& budget_;
  std::atomic<std::size_t> taken_ = 0;
};

}  // namespace cnclip::serve
