#include "loader/picture_batches.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/test_errors.h"
#include "loader/test_pairs.h"

namespace cnclip {
namespace {

constexpr int kSize = 16;
constexpr std::size_t kImage = 3 * kSize * kSize;

PictureOptions options_of(bool augment) {
  PictureOptions options;
  options.size = kSize;
  options.threads = 3;
  if (augment) options.key = [](std::size_t number) { return DrawKey{7, 1, number}; };
  return options;
}

TEST(PictureBatches, GiveThePicturesInOrder64AtATime) {
  const MemoryPairs pairs(sample_pairs(200));
  std::vector<std::size_t> numbers(150);
  std::iota(numbers.rbegin(), numbers.rend(), std::size_t{20});
  for (const bool augment : {false, true}) {
    const PictureOptions options = options_of(augment);
    std::vector<std::size_t> counts, places;
    for_each_picture_batch(pairs, numbers, options, [&](const PictureBatch& batch) {
      counts.push_back(batch.places.size());
      ASSERT_EQ(batch.pixels.size(), batch.places.size() * kImage);
      for (std::size_t i = 0; i < batch.places.size(); ++i) {
        const std::size_t number = numbers[batch.places[i]];
        std::vector<std::uint8_t> expected(kImage);
        decode_pair(sample_pair(static_cast<std::int64_t>(number)),
                    augment ? std::optional(DrawKey{7, 1, number}) : std::nullopt, kSize, expected);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), batch.pixels.begin() + i * kImage)) << number;
        places.push_back(batch.places[i]);
      }
    });
    EXPECT_EQ(counts, (std::vector<std::size_t>{64, 64, 22}));
    EXPECT_TRUE(std::ranges::is_sorted(places));
    EXPECT_EQ(places.size(), 150u);
  }
}

TEST(PictureBatches, LeaveOutWhatIsDamagedWhereThatIsAllowed) {
  const DamagedPairs pairs;
  const std::vector<std::size_t> numbers = {2, 3, 5, 4};
  PictureOptions options = options_of(false);
  const auto none = [](const PictureBatch&) { ADD_FAILURE(); };
  expect_bad_input([&] { for_each_picture_batch(pairs, numbers, options, none); }, "pair 3");
  std::vector<std::size_t> damaged, sound;
  options.damaged = [&](std::size_t place) { damaged.push_back(place); };
  for_each_picture_batch(pairs, numbers, options, [&](const PictureBatch& batch) {
    sound.insert(sound.end(), batch.places.begin(), batch.places.end());
  });
  EXPECT_EQ(damaged, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(sound, (std::vector<std::size_t>{0, 2}));
  for_each_picture_batch(pairs, std::vector<std::size_t>{4}, options, none);
}

}  // namespace
}  // namespace cnclip
