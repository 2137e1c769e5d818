#include "base/ordered_pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace cnclip {
namespace {

// 0, 1, 2, … count - 1.
std::function<std::optional<int>()> counter(int count) {
  return [count, next = 0]() mutable { return next < count ? std::optional(next++) : std::nullopt; };
}

// Takes longer for some items than for their successors.
int uneven(int item) {
  if (item % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  return item * item;
}

TEST(OrderedPipeline, ResultsComeInOrder) {
  OrderedPipeline<int, int> pipeline(4, 3, counter(100), uneven);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pipeline.next(), i * i);
  EXPECT_EQ(pipeline.next(), std::nullopt);
  EXPECT_EQ(pipeline.next(), std::nullopt);
}

TEST(OrderedPipeline, NeverHoldsMoreThanTheWindow) {
  std::atomic<int> produced{0};
  OrderedPipeline<int, int> pipeline(
      4, 3, [&]() -> std::optional<int> { return produced++; }, uneven);
  for (int taken = 0; taken < 50; ++taken) {
    EXPECT_LE(produced, taken + 3);
    EXPECT_EQ(pipeline.next(), taken * taken);
  }
}

TEST(OrderedPipeline, ExceptionsComeOutAtTheirPlace) {
  OrderedPipeline<int, int> work_fails(
      3, 4, counter(20), [](int item) { return item == 5 ? throw std::runtime_error("five") : uneven(item); });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(work_fails.next(), i * i);
  EXPECT_THROW(work_fails.next(), std::runtime_error);
  EXPECT_EQ(work_fails.next(), 36);

  OrderedPipeline<int, int> produce_fails(
      3, 4,
      [next = 0]() mutable -> std::optional<int> {
        if (next == 5) throw std::runtime_error("five");
        return next++;
      },
      uneven);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(produce_fails.next(), i * i);
  EXPECT_THROW(produce_fails.next(), std::runtime_error);
  EXPECT_EQ(produce_fails.next(), std::nullopt);
}

TEST(OrderedPipeline, MayBeLeftInTheMiddle) {
  for (int i = 0; i < 50; ++i) {
    OrderedPipeline<int, int> pipeline(3, 2, counter(1000), uneven);
    EXPECT_EQ(pipeline.next(), 0);
  }
}

}  // namespace
}  // namespace cnclip
