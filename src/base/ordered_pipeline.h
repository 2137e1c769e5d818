// Work on items in parallel, results in the order of the items, memory bounded.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace cnclip {

// `produce` hands out items until it returns nothing; `workers` threads call it (one at a time) and then `work` (side
// by side). next() gives the results back in the order of production. No more than `window` items are ever between
// production and next(). An exception thrown by either function comes out of next(), at its place.
template <class Item, class Result>
class OrderedPipeline {
 public:
  OrderedPipeline(int workers, std::size_t window, std::function<std::optional<Item>()> produce,
                  std::function<Result(Item)> work)
      : window_(window), produce_(std::move(produce)), work_(std::move(work)) {
    try {
      for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { loop(); });
    } catch (const std::system_error&) {  // the machine gives no more: fewer will do
      if (threads_.empty()) throw;
    }
  }
  ~OrderedPipeline() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  OrderedPipeline(const OrderedPipeline&) = delete;
  OrderedPipeline& operator=(const OrderedPipeline&) = delete;

  // The next result, or nothing at the end.
  std::optional<Result> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_.contains(taken_) || (ended_ && taken_ == produced_); });
    const auto place = done_.find(taken_);
    if (place == done_.end()) return {};
    Outcome outcome = std::move(place->second);
    done_.erase(place);
    ++taken_;
    lock.unlock();
    changed_.notify_all();
    if (outcome.error) std::rethrow_exception(outcome.error);
    return std::move(outcome.result);
  }

 private:
  struct Outcome {
    std::optional<Result> result;
    std::exception_ptr error;
  };

  void loop() {
    for (;;) {
      std::optional<Item> item;
      std::uint64_t index = 0;
      Outcome outcome;
      {
        const std::lock_guard turn(produce_mutex_);
        {
          std::unique_lock lock(mutex_);
          changed_.wait(lock, [&] { return stopped_ || ended_ || produced_ - taken_ < window_; });
          if (stopped_ || ended_) return;
        }
        try {
          item = produce_();
        } catch (...) {
          outcome.error = std::current_exception();
        }
        const std::lock_guard lock(mutex_);
        if (!item && !outcome.error) {
          ended_ = true;
          changed_.notify_all();
          return;
        }
        if (outcome.error) ended_ = true;
        index = produced_++;
      }
      if (item) {
        try {
          outcome.result = work_(std::move(*item));
        } catch (...) {
          outcome.error = std::current_exception();
        }
      }
      {
        const std::lock_guard lock(mutex_);
        done_.emplace(index, std::move(outcome));
      }
      changed_.notify_all();
    }
  }

  const std::size_t window_;
  std::function<std::optional<Item>()> produce_;
  std::function<Result(Item)> work_;
  std::mutex produce_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Outcome> done_;
  std::uint64_t produced_ = 0;
  std::uint64_t taken_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cnclip
