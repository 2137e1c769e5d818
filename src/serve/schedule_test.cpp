#include "serve/schedule.h"

#include <gtest/gtest.h>

#include <map>

namespace cnclip::serve {
namespace {

std::shared_ptr<Job> texts(std::vector<std::size_t> lengths) {
  Work work;
  for (const std::size_t length : lengths) work.texts.push_back({std::vector<std::int32_t>(length), false});
  work.count = lengths.size();
  return make_job(std::move(work));
}

std::shared_ptr<Job> pictures(std::size_t count) {
  Work work;
  work.kind = Kind::picture;
  work.count = count;
  work.item_cost = 197;
  work.pixels.resize(count * 3);
  return make_job(std::move(work));
}

const PieceBudget kBudget{100, 4 * 197};

std::map<const Job*, int> items_of(const Piece& piece) {
  std::map<const Job*, int> count;
  for (const auto& item : piece.items) ++count[item.job.get()];
  return count;
}

TEST(Schedule, QueriesGoFirstThenSinglePicturesThenTheRest) {
  Schedule schedule;
  const auto bulk = pictures(9), single = pictures(1), query = texts({12});
  for (const auto& job : {bulk, single, query}) schedule.add(job);
  EXPECT_EQ(schedule.waiting_cost(), 10 * 197 + 12);
  EXPECT_EQ(schedule.next(kBudget).lane, Lane::query);
  EXPECT_EQ(schedule.next(kBudget).lane, Lane::single);
  EXPECT_EQ(schedule.next(kBudget).items.size(), 4);
  schedule.add(texts({5}));
  EXPECT_EQ(schedule.next(kBudget).lane, Lane::query);  // before the rest of the bulk
  EXPECT_EQ(schedule.next(kBudget).items.size(), 4);
  EXPECT_EQ(schedule.next(kBudget).items.size(), 1);
  EXPECT_TRUE(schedule.next(kBudget).items.empty());
  EXPECT_EQ(schedule.waiting_cost(), 0);
}

TEST(Schedule, QueriesThatWaitTogetherGoTogether) {
  Schedule schedule;
  for (int i = 0; i < 5; ++i) schedule.add(texts({30}));
  EXPECT_EQ(schedule.next(kBudget).items.size(), 3);  // 90 tokens of 100
  EXPECT_EQ(schedule.next(kBudget).items.size(), 2);
}

TEST(Schedule, LargeRequestsTakeTurns) {
  Schedule schedule;
  const auto a = pictures(6), b = pictures(6);
  schedule.add(a);
  schedule.add(b);
  EXPECT_EQ(items_of(schedule.next(kBudget)), (std::map<const Job*, int>{{a.get(), 4}}));
  EXPECT_EQ(items_of(schedule.next(kBudget)), (std::map<const Job*, int>{{b.get(), 4}}));
  EXPECT_EQ(items_of(schedule.next(kBudget)), (std::map<const Job*, int>{{a.get(), 2}, {b.get(), 2}}));
  EXPECT_TRUE(schedule.next(kBudget).items.empty());
}

TEST(Schedule, TextsAndPicturesInOneLaneDoNotMix) {
  Schedule schedule;
  const auto many = texts({50, 50, 50, 50}), photos = pictures(3);
  schedule.add(many);
  schedule.add(photos);
  EXPECT_EQ(items_of(schedule.next(kBudget)), (std::map<const Job*, int>{{many.get(), 2}}));
  EXPECT_EQ(items_of(schedule.next(kBudget)), (std::map<const Job*, int>{{photos.get(), 3}}));
  EXPECT_EQ(items_of(schedule.next(kBudget)), (std::map<const Job*, int>{{many.get(), 2}}));
}

TEST(Schedule, BulkIsNotStarvedByQueries) {
  Schedule schedule;
  schedule.add(pictures(20));
  int turns = 0;
  for (int i = 0; i < 100; ++i) {
    schedule.add(texts({10}));
    turns += schedule.next({10, 4 * 197}).lane == Lane::bulk ? 1 : 0;
  }
  EXPECT_EQ(turns, 5);  // 20 pictures by fours, all done
}

TEST(Schedule, OneItemIsTakenHoweverDear) {
  Schedule schedule;
  schedule.add(pictures(2));
  EXPECT_EQ(schedule.next({100, 1}).items.size(), 1);
}

TEST(Schedule, TextsGoByLengthAndKeepTheirNumbers) {
  Schedule schedule;
  schedule.add(texts({40, 10, 50, 45}));
  std::vector<std::size_t> order;
  for (Piece piece = schedule.next(kBudget); !piece.items.empty(); piece = schedule.next(kBudget)) {
    for (const auto& item : piece.items) order.push_back(item.index);
  }
  EXPECT_EQ(order, (std::vector<std::size_t>{1, 0, 3, 2}));
}

TEST(Schedule, WhatIsRemovedIsNotDone) {
  Schedule schedule;
  const auto a = pictures(6), b = pictures(2);
  schedule.add(a);
  schedule.add(b);
  schedule.next(kBudget);
  schedule.remove(*a);
  schedule.remove(*a);  // nothing of it is left
  EXPECT_EQ(schedule.waiting_cost(), 2 * 197);
  EXPECT_EQ(items_of(schedule.next(kBudget)), (std::map<const Job*, int>{{b.get(), 2}}));
  EXPECT_TRUE(schedule.next(kBudget).items.empty());
}

}  // namespace
}  // namespace cnclip::serve
