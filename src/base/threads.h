// The same work on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace cnclip {

// 0: all cores.
inline int thread_count(int wanted = 0) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Calls work(0) on this thread and work(1)… on others, as many as the machine gives; all have returned when it does.
template <class Work>
void on_threads(int threads, const Work& work) {
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(std::max(1, threads)));
  const auto guarded = [&](int thread) {
    try {
      work(thread);
    } catch (...) {
      errors[static_cast<std::size_t>(thread)] = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  try {
    for (int i = 1; i < threads; ++i) others.emplace_back(guarded, i);
  } catch (const std::system_error&) {  // fewer will do
  }
  guarded(0);
  others.clear();  // joins
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

// Calls work(i, thread) for every i below `count` once, as threads are free. After one has thrown, none is begun; what
// the lowest i threw is thrown when all that had begun have returned.
template <class Work>
void each_on_threads(std::size_t count, int threads, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::size_t lowest = count;
  std::exception_ptr failure;
  on_threads(static_cast<int>(std::min(count, static_cast<std::size_t>(threads))), [&](int thread) {
    for (std::size_t i = next++; i < count && !failed; i = next++) {
      try {
        work(i, thread);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        failed = true;
        if (i < lowest) {
          lowest = i;
          failure = std::current_exception();
        }
      }
    }
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace cnclip
