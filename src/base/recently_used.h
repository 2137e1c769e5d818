// A few values by key: when there is no room, the one goes that was used longest ago.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <tuple>
#include <utility>

namespace cnclip {

// For tens of values: a key is looked for among all of them. Not for several threads at once.
template <class Key, class Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::size_t most) : most_(most) {}

  // Made new where it is not kept. Stays where it is until it is let go, by a call for another key.
  Value& operator[](const Key& key) {
    const auto found = std::ranges::find(kept_, key, &std::pair<const Key, Value>::first);
    if (found != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, found);
    } else {
      if (kept_.size() == most_) kept_.pop_back();
      kept_.emplace_front(std::piecewise_construct, std::forward_as_tuple(key), std::tuple<>());
    }
    return kept_.front().second;
  }
  std::size_t size() const { return kept_.size(); }

 private:
  std::size_t most_;
  std::list<std::pair<const Key, Value>> kept_;  // the latest first
};

}  // namespace cnclip
