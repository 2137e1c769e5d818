#include "image/encode_jpeg.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(EncodeJpeg, DecodesToNearlyTheSamePicture) {
  Image image{37, 21, ImageMode::rgb, {}, {}};
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (const int v : {40 + 4 * x, 200 - 6 * y, 90}) image.pixels.push_back(static_cast<std::uint8_t>(v));
    }
  }
  const std::string bytes = encode_jpeg(image, 95);
  const Image back = decode_image(std::as_bytes(std::span(bytes)), "test");
  ASSERT_EQ(back.width, image.width);
  ASSERT_EQ(back.height, image.height);
  ASSERT_EQ(back.mode, ImageMode::rgb);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) ASSERT_NEAR(back.pixels[i], image.pixels[i], 12) << i;
}

TEST(EncodeJpeg, GreyStaysGrey) {
  const Image image{2, 2, ImageMode::l, {0, 80, 160, 255}, {}};
  const std::string bytes = encode_jpeg(image, 100);
  const Image back = decode_image(std::as_bytes(std::span(bytes)), "test");
  ASSERT_EQ(back.mode, ImageMode::l);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(back.pixels[i], image.pixels[i], 4);
}

TEST(EncodeJpeg, OtherModesAreRefused) {
  EXPECT_THROW(encode_jpeg({1, 1, ImageMode::rgba, {1, 2, 3, 4}, {}}, 90), Error);
}

}  // namespace
}  // namespace cnclip
