#include "image/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace cnclip {
namespace {

std::vector<std::uint8_t> noise(std::size_t size) {
  Random random(7, "resize");
  std::vector<std::uint8_t> values(size);
  for (std::uint8_t& value : values) value = static_cast<std::uint8_t>(random.next());
  return values;
}

std::vector<std::uint8_t> resized(const std::vector<std::uint8_t>& pixels, int width, int height, int channels,
                                  int out_width, int out_height, const RowKernels& kernels = row_kernels()) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(channels * out_width * out_height));
  BicubicResizer resizer(width, height, channels, out_width, out_height, out.data(), kernels);
  for (int y = 0; y < height; ++y) resizer.push(pixels.data() + static_cast<std::ptrdiff_t>(y) * width * channels);
  return out;
}

double weight(int in, int out, int place, int k) {
  const auto keys = [](double x) {
    x = std::abs(x);
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0.0;
  };
  const double scale = static_cast<double>(in) / out, filter = std::max(scale, 1.0);
  double sum = 0;
  for (int i = 0; i < in; ++i) sum += keys((i + 0.5 - (place + 0.5) * scale) / filter);
  return keys((k + 0.5 - (place + 0.5) * scale) / filter) / sum;
}

struct Case {
  int width, height, out_width, out_height;
};

class Resize : public testing::TestWithParam<Case> {};

TEST_P(Resize, IsTheFormulaWithinTheRoundings) {
  const auto [width, height, out_width, out_height] = GetParam();
  const auto pixels = noise(static_cast<std::size_t>(width * height * 3));
  const auto out = resized(pixels, width, height, 3, out_width, out_height);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < out_height; ++y) {
      for (int x = 0; x < out_width; ++x) {
        double sum = 0;
        // Each pass clips; where an intermediate value may have been clipped the plain formula does not hold.
        bool clips = false;
        for (int v = 0; v < height; ++v) {
          double line = 0;
          for (int u = 0; u < width; ++u) {
            line += weight(width, out_width, x, u) * pixels[static_cast<std::size_t>((v * width + u) * 3 + c)];
          }
          clips = clips || line < 0 || line > 255;
          sum += weight(height, out_height, y, v) * line;
        }
        if (clips || vertical_first(width, height, out_width, out_height)) continue;
        EXPECT_NEAR(out[static_cast<std::size_t>((c * out_height + y) * out_width + x)], std::clamp(sum, 0.0, 255.0),
                    1.3)
            << c << " " << x << "," << y;
      }
    }
  }
}

TEST_P(Resize, IsTheSameForEveryInstructionSet) {
  const auto [width, height, out_width, out_height] = GetParam();
  if (avx2_kernels() == nullptr) GTEST_SKIP() << "this processor has no AVX2";
  for (const int channels : {1, 2, 3, 4}) {
    const auto pixels = noise(static_cast<std::size_t>(width * height * channels));
    EXPECT_EQ(resized(pixels, width, height, channels, out_width, out_height, portable_kernels()),
              resized(pixels, width, height, channels, out_width, out_height, *avx2_kernels()));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Resize,
                         testing::Values(Case{1, 1, 5, 5}, Case{7, 13, 20, 20}, Case{64, 48, 20, 30},
                                         Case{50, 21, 21, 21}, Case{21, 50, 21, 21}, Case{33, 18, 8, 8},
                                         Case{3, 90, 8, 8}, Case{90, 3, 8, 8}, Case{100, 9, 3, 3}));

TEST(Resize, ExtremesStayInRange) {
  // Rows of black and white: the filter's negative lobes lead beyond 0 and 255.
  std::vector<std::uint8_t> pixels(40 * 40);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = (i / 4 % 2 + i / 160) % 2 == 0 ? 255 : 0;
  const auto out = resized(pixels, 40, 40, 1, 61, 61);
  EXPECT_EQ(*std::max_element(out.begin(), out.end()), 255);
  EXPECT_EQ(*std::min_element(out.begin(), out.end()), 0);
  const std::vector<std::uint8_t> white(300 * 200, 255);
  EXPECT_EQ(resized(white, 300, 200, 1, 17, 17), std::vector<std::uint8_t>(17 * 17, 255));
}

TEST(Resize, TallPicturesLoseTheirHeightFirst) {
  EXPECT_FALSE(vertical_first(400, 500, 224, 224));
  EXPECT_FALSE(vertical_first(300, 376, 224, 224));
  EXPECT_TRUE(vertical_first(300, 377, 224, 224));
  EXPECT_FALSE(vertical_first(100, 150, 224, 224));
  EXPECT_TRUE(vertical_first(10, 225, 224, 224));
  // A second picture of only one pass tells the order: values between the passes are rounded and clipped.
  const auto pixels = noise(9 * 90);
  const auto narrow = resized(resized(pixels, 9, 90, 1, 9, 8), 9, 8, 1, 8, 8);
  EXPECT_EQ(resized(pixels, 9, 90, 1, 8, 8), narrow);
}

TEST(Resize, SixteenBitsAreHeldBetweenThePasses) {
  const std::vector<std::uint16_t> flat(12 * 12, 40000);
  EXPECT_EQ(resize_bicubic_wide(flat, 12, 12, 5, 5, true), std::vector<std::int32_t>(25, 40000));
  std::vector<std::uint16_t> edge(8 * 1, 0);
  for (std::size_t i = 4; i < 8; ++i) edge[i] = 65535;
  const auto free = resize_bicubic_wide(edge, 8, 1, 32, 1, false), held = resize_bicubic_wide(edge, 8, 1, 32, 1, true);
  EXPECT_LT(*std::min_element(free.begin(), free.end()), 0);
  EXPECT_GT(*std::max_element(free.begin(), free.end()), 65535);
  EXPECT_GE(*std::min_element(held.begin(), held.end()), 0);
  EXPECT_LE(*std::max_element(held.begin(), held.end()), 65535);
}

TEST(Resize, NearestTakesThePixelAtTheCentre) {
  const std::vector<std::uint8_t> pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(resize_nearest(pixels.data(), 3, 3, 1, 1), std::vector<std::uint8_t>{5});
  EXPECT_EQ(resize_nearest(pixels.data(), 3, 1, 6, 1), (std::vector<std::uint8_t>{1, 1, 2, 2, 3, 3}));
}

}  // namespace
}  // namespace cnclip
