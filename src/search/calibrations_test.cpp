#include "search/calibrations.h"

#include <gtest/gtest.h>

#include "search/nearest/test_vectors.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kWidth = 16;

std::shared_ptr<const Snapshot> snapshot_of(std::size_t count) {
  VectorStore store(static_cast<std::int64_t>(kWidth));
  add_vectors(store, random_vectors(count, kWidth, 1));
  return store.snapshot();
}

TEST(Calibrations, FollowALibraryAndLetGoOfWhatItWas) {
  auto before = snapshot_of(1200);
  Calibrations calibrations(before, random_vectors(30, kWidth, 2), 1);
  const std::weak_ptr<const Snapshot> memory = std::exchange(before, nullptr);
  const auto now = snapshot_of(1230);
  EXPECT_TRUE(calibrations.follows(now));
  EXPECT_TRUE(memory.expired());
  EXPECT_TRUE(calibrations.follows(now));
  EXPECT_FALSE(calibrations.follows(snapshot_of(1300)));
  EXPECT_TRUE(calibrations.of({{false, 1.0}}));
}

TEST(Calibrations, OfASmallLibraryAreOfThatLibraryOnly) {
  const auto few = snapshot_of(100);
  Calibrations calibrations(few, random_vectors(30, kWidth, 2), 1);
  EXPECT_TRUE(calibrations.follows(few));
  EXPECT_FALSE(calibrations.follows(snapshot_of(100)));
}

}  // namespace
}  // namespace cnclip::search
