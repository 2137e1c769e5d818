// The same work on several threads.
#pragma once

#include <algorithm>
#include <exception>
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
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(threads));
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

}  // namespace cnclip
