// Things that one thread at a time may use: connections, opened as they are needed; a few stay open.
#pragma once

#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace cnclip {

// Any number of threads.
template <class T>
class Pool {
 public:
  // Calls `use` with one that nobody else uses now; `open` makes it where there is none. One whose use throws is not
  // used again.
  template <class Open, class Use>
  auto with(const Open& open, const Use& use) {
    T one = take(open);
    if constexpr (std::is_void_v<std::invoke_result_t<Use, T&>>) {
      use(one);
      give_back(std::move(one));
    } else {
      auto result = use(one);
      give_back(std::move(one));
      return result;
    }
  }

 private:
  template <class Open>
  T take(const Open& open) {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        T one = std::move(idle_.back());
        idle_.pop_back();
        return one;
      }
    }
    return open();
  }
  void give_back(T one) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(one));
  }

  static constexpr std::size_t kMostIdle = 16;  // each has files or a connection open
  std::mutex mutex_;
  std::vector<T> idle_;
};

}  // namespace cnclip
