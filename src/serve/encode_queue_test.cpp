#include "serve/encode_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

constexpr Milliseconds kLong{60'000};

// Features that tell which input they are of: its tokens' sum, or its first pixel.
struct FakeTowers {
  std::atomic<int> runs = 0;
  std::function<void()> before_run = [] {};

  Towers towers() {
    return {[this](std::span<const Tokens> texts) {
              before_run();
              ++runs;
              FeatureMatrix matrix{static_cast<std::int64_t>(texts.size()), 1, {}};
              for (const Tokens& text : texts) {
                float sum = 0;
                for (const std::int32_t id : text.ids) sum += static_cast<float>(id);
                matrix.values.push_back(sum);
              }
              return matrix;
            },
            [this](std::span<const std::uint8_t> pixels) {
              before_run();
              ++runs;
              FeatureMatrix matrix{static_cast<std::int64_t>(pixels.size() / 3), 1, {}};
              for (std::size_t i = 0; i < pixels.size(); i += 3) matrix.values.push_back(pixels[i]);
              return matrix;
            }};
  }
};

Work texts(std::vector<std::vector<std::int32_t>> ids) {
  Work work;
  for (auto& row : ids) work.texts.push_back({std::move(row), false});
  work.count = work.texts.size();
  return work;
}

Work pictures(std::vector<std::uint8_t> values) {
  Work work;
  work.kind = Kind::picture;
  work.count = values.size();
  work.item_cost = 100;
  for (const std::uint8_t value : values) work.pixels.insert(work.pixels.end(), 3, value);
  return work;
}

std::string code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const ApiError& error) {
    return error.code();
  }
  return "";
}

TEST(EncodeQueue, RowsComeInTheOrderOfTheInputs) {
  FakeTowers fake;
  EncodeQueue queue(fake.towers(), 1'000'000, Milliseconds(50), {});
  const auto words = queue.submit(texts({{5, 5, 5}, {1}, {2, 2}}));
  const auto photos = queue.submit(pictures({9, 8, 7}));
  EXPECT_EQ(queue.wait(words, Clock::now() + kLong, {}).values, (std::vector<float>{15, 1, 4}));
  EXPECT_EQ(queue.wait(photos, Clock::now() + kLong, {}).values, (std::vector<float>{9, 8, 7}));
}

TEST(EncodeQueue, ManyThreadsEachGetTheirOwn) {
  FakeTowers fake;
  EncodeQueue queue(fake.towers(), 1'000'000, Milliseconds(50), {});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto value = static_cast<std::uint8_t>(t * 16 + i % 16);
        const auto one =
            i % 2 == 0 ? queue.submit(pictures({value, 1, value})) : queue.submit(texts({{value}, {1}, {value}}));
        const FeatureMatrix features = queue.wait(one, Clock::now() + kLong, {});
        wrong += features.values != std::vector<float>{static_cast<float>(value), 1, static_cast<float>(value)} ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LT(fake.runs, 800);  // some went together
}

// The queue's thread stands in its first run until released.
struct Blocked : FakeTowers {
  std::latch entered{1}, released{1};
  std::atomic<bool> first = true;
  Blocked() {
    before_run = [this] {
      if (!first.exchange(false)) return;
      entered.count_down();
      released.wait();
    };
  }
};

TEST(EncodeQueue, RefusesWhenFullAndTakesAgainWhenNot) {
  Blocked fake;
  EncodeQueue queue(fake.towers(), 250, Milliseconds(50), {});
  const auto first = queue.submit(pictures({1}));
  fake.entered.wait();
  const auto second = queue.submit(pictures({2, 3}));
  EXPECT_EQ(queue.waiting_cost(), 200);
  EXPECT_FALSE(queue.full());
  EXPECT_EQ(code_of([&] { queue.submit(pictures({4})); }), "overloaded");
  const auto third = queue.submit(texts({std::vector<std::int32_t>(50)}));
  EXPECT_TRUE(queue.full());
  fake.released.count_down();
  EXPECT_EQ(queue.wait(second, Clock::now() + kLong, {}).values, (std::vector<float>{2, 3}));
  EXPECT_EQ(queue.wait(first, Clock::now() + kLong, {}).rows, 1);
  EXPECT_EQ(queue.wait(third, Clock::now() + kLong, {}).rows, 1);
  EXPECT_EQ(queue.wait(queue.submit(pictures({4})), Clock::now() + kLong, {}).values, std::vector<float>{4});
}

TEST(EncodeQueue, WhoeverLeavesCostsNothing) {
  Blocked fake;
  EncodeQueue queue(fake.towers(), 10'000, Milliseconds(50), {});
  const auto first = queue.submit(pictures({1}));
  fake.entered.wait();
  const auto late = queue.submit(pictures({2})), gone = queue.submit(pictures({3})),
             forgotten = queue.submit(pictures({4}));
  EXPECT_EQ(code_of([&] { queue.wait(late, Clock::now(), {}); }), "request_timeout");
  EXPECT_EQ(code_of([&] { queue.wait(gone, Clock::now() + kLong, [] { return true; }); }), "client_gone");
  queue.forget(forgotten);
  EXPECT_EQ(queue.waiting_cost(), 0);
  EXPECT_EQ(code_of([&] { queue.wait(first, Clock::now(), {}); }), "request_timeout");  // in the encoder already
  fake.released.count_down();
  EXPECT_EQ(queue.wait(queue.submit(pictures({5})), Clock::now() + kLong, {}).values, std::vector<float>{5});
  EXPECT_EQ(fake.runs, 2);
}

TEST(EncodeQueue, GivingUpAnswersEverybody) {
  Blocked fake;
  EncodeQueue queue(fake.towers(), 10'000, Milliseconds(50), {});
  const auto first = queue.submit(pictures({1})), second = queue.submit(pictures({2}));
  fake.entered.wait();
  queue.give_up();
  EXPECT_EQ(code_of([&] { queue.wait(first, Clock::now() + kLong, {}); }), "shutting_down");
  EXPECT_EQ(code_of([&] { queue.wait(second, Clock::now() + kLong, {}); }), "shutting_down");
  EXPECT_EQ(code_of([&] { queue.submit(pictures({3})); }), "shutting_down");
  fake.released.count_down();
}

TEST(EncodeQueue, WhatTheEncoderThrowsReachesThoseConcerned) {
  FakeTowers fake;
  std::atomic<bool> fails = true;
  fake.before_run = [&] {
    if (fails) throw Error(ErrorCategory::internal, "engine: broken");
  };
  EncodeQueue queue(fake.towers(), 10'000, Milliseconds(50), {});
  EXPECT_THROW(queue.wait(queue.submit(pictures({1})), Clock::now() + kLong, {}), Error);
  fails = false;
  EXPECT_EQ(queue.wait(queue.submit(pictures({2})), Clock::now() + kLong, {}).rows, 1);
}

TEST(EncodeQueue, NothingToDoIsDone) {
  FakeTowers fake;
  EncodeQueue queue(fake.towers(), 10, Milliseconds(50), {});
  EXPECT_EQ(queue.wait(queue.submit({}), Clock::now(), {}).rows, 0);
}

TEST(Pace, PiecesTakeAsLongAsTheyMay) {
  Pace pace(Milliseconds(100));
  pace.ran(Kind::picture, 200, 0.02);  // 0.1 ms a patch
  EXPECT_NEAR(static_cast<double>(pace.budget().picture), 1000, 1);
  for (int i = 0; i < 50; ++i) pace.ran(Kind::picture, 200, 0.04);
  EXPECT_NEAR(static_cast<double>(pace.budget().picture), 500, 5);
  pace.ran(Kind::text, 10, 100);  // however slow, there is a least piece
  EXPECT_EQ(pace.budget().text, 64);
}

}  // namespace
}  // namespace cnclip::serve
