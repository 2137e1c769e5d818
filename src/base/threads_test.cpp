#include "base/threads.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace cnclip {
namespace {

TEST(EachOnThreads, DoesEachOnce) {
  for (const std::size_t count : {0u, 1u, 3u, 1000u}) {
    for (const int threads : {1, 4}) {
      std::vector<std::atomic<int>> times(count);
      each_on_threads(count, threads, [&](std::size_t i, int thread) {
        EXPECT_LT(thread, threads);
        ++times[i];
      });
      for (const auto& time : times) EXPECT_EQ(time, 1);
    }
  }
}

TEST(EachOnThreads, BeginsNothingAfterAFailureAndThrowsTheLowest) {
  std::atomic<int> begun = 0;
  std::atomic<bool> high_has_failed = false;
  try {
    each_on_threads(1000, 2, [&](std::size_t i, int) {
      ++begun;
      if (i == 0) high_has_failed.wait(false);  // both fail, the lower one last
      if (i == 1) {
        high_has_failed = true;
        high_has_failed.notify_all();
      }
      throw std::runtime_error(std::to_string(i));
    });
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "0");
  }
  EXPECT_EQ(begun, 2);
}

}  // namespace
}  // namespace cnclip
