#include "image/perceptual_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/random.h"
#include "image/encode_jpeg.h"

namespace cnclip {
namespace {

// Something of every low frequency, the lower ones stronger, as photographs have it; different for every seed.
Image picture(int width, int height, int seed) {
  constexpr int kWaves = 12;
  Random random(static_cast<std::uint64_t>(seed));
  std::array<std::array<double, kWaves>, kWaves> strength;
  for (auto& row : strength) {
    for (double& value : row) value = random.normal();
  }
  Image image{width, height, ImageMode::l, {}, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double value = 128;
      for (int i = 0; i < kWaves; ++i) {
        for (int k = 0; k < kWaves; ++k) {
          value += 40 / (1.0 + i + k) * strength[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)] *
                   std::cos(std::numbers::pi * i * (x + 0.5) / width) *
                   std::cos(std::numbers::pi * k * (y + 0.5) / height);
        }
      }
      image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
    }
  }
  return image;
}

int distance(const Image& a, const Image& b) {
  return std::popcount(perceptual_hash(a) ^ perceptual_hash(b));
}

TEST(PerceptualHash, SizeAndCompressionChangeLittle) {
  for (int seed = 1; seed < 20; ++seed) {
    const Image image = picture(200, 150, seed);
    EXPECT_LE(distance(image, picture(100, 75, seed)), 4) << seed;
    const std::string jpeg = encode_jpeg(image, 40);
    EXPECT_LE(distance(image, decode_image(std::as_bytes(std::span(jpeg)), "test")), 4) << seed;
  }
}

TEST(PerceptualHash, DifferentPicturesAreFarApart) {
  for (int seed = 1; seed < 20; ++seed)
    EXPECT_GT(distance(picture(80, 80, seed), picture(80, 80, seed + 1)), 8) << seed;
}

TEST(PerceptualHash, OneColourIsNothing) {
  const Image black{5, 5, ImageMode::l, std::vector<std::uint8_t>(25, 0), {}};
  const Image grey{40, 9, ImageMode::l, std::vector<std::uint8_t>(360, 77), {}};
  EXPECT_EQ(perceptual_hash(black), 0u);
  EXPECT_EQ(perceptual_hash(grey), 0u);
}

}  // namespace
}  // namespace cnclip
