// A number of places for work that is heavy on memory.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "serve/limits.h"

namespace cnclip::serve {

// Any thread may call.
class Slots {
 public:
  explicit Slots(std::size_t count) : free_(count) {}

  // Holds a place for as long as it lives; empty (false) where none became free before the deadline.
  class Held {
   public:
    explicit Held(Slots* slots) : slots_(slots) {}
    Held(Held&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (slots_ == nullptr) return;
      {
        const std::lock_guard lock(slots_->mutex_);
        ++slots_->free_;
      }
      slots_->changed_.notify_one();
    }
    explicit operator bool() const { return slots_ != nullptr; }

   private:
    Slots* slots_;
  };

  Held take(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline, [&] { return free_ > 0; })) return Held(nullptr);
    --free_;
    return Held(this);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t free_;
};

}  // namespace cnclip::serve
