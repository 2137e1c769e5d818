#include "image/thumbnail.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(Thumbnail, KeepsTheShapeOfAPicture) {
  const Image wide{1000, 10, ImageMode::l, std::vector<std::uint8_t>(10'000, 200), {}};
  const Image small = thumbnail(wide, 320);
  EXPECT_EQ(small.width, 320);
  EXPECT_EQ(small.height, 3);
  EXPECT_EQ(small.pixels, std::vector<std::uint8_t>(320 * 3 * 3, 200));
  const Image line{1, 5000, ImageMode::rgb, std::vector<std::uint8_t>(15'000, 7), {}};
  EXPECT_EQ(thumbnail(line, 320).width, 1);
}

TEST(Thumbnail, DoesNotEnlarge) {
  const Image two{2, 1, ImageMode::rgb, {255, 0, 0, 0, 0, 255}, {}};
  const Image same = thumbnail(two, 320);
  EXPECT_EQ(same.width, 2);
  EXPECT_EQ(same.pixels, two.pixels);
}

TEST(Thumbnail, TurnsEveryModeIntoRgb) {
  std::vector<std::uint8_t> palette(768);
  palette[3] = 9, palette[4] = 8, palette[5] = 7;
  const Image indexed{1, 1, ImageMode::palette, {1}, palette};
  EXPECT_EQ(thumbnail(indexed, 320).pixels, (std::vector<std::uint8_t>{9, 8, 7}));
  for (const ImageMode mode : {ImageMode::bilevel, ImageMode::l}) {
    EXPECT_EQ(thumbnail({1, 1, mode, {255}, {}}, 320).pixels, (std::vector<std::uint8_t>{255, 255, 255}));
  }
  EXPECT_EQ(thumbnail({1, 1, ImageMode::la, {5, 255}, {}}, 320).pixels, (std::vector<std::uint8_t>{5, 5, 5}));
  EXPECT_EQ(thumbnail({1, 1, ImageMode::i16, {5, 0}, {}}, 320).pixels, (std::vector<std::uint8_t>{5, 5, 5}));
}

}  // namespace
}  // namespace cnclip
