#include "cnclip/image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <filesystem>

#include "image/codecs.h"
#include "image/resize.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(Decode, PortablePixmaps) {
  const Image color = decode_image(bytes_of("P3 2 1 255 1 2 3 4 5 6\n"), "p3");
  EXPECT_EQ(color.mode, ImageMode::rgb);
  EXPECT_EQ(color.pixels, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
  const Image bitmap = decode_image(bytes_of("P1\n# note\n2 2\n10 01\n"), "p1");
  EXPECT_EQ(bitmap.pixels, (std::vector<std::uint8_t>{0, 255, 255, 0}));
}

TEST(Decode, LimitsComeBeforeMemory) {
  EXPECT_THROW(decode_image(bytes_of("P6 60000 60000 255\n"), "bomb"), Error);
  DecodeOptions options;
  options.max_bytes = 4;
  EXPECT_THROW(decode_image(bytes_of("P3 1 1 255 1 2 3"), "long", options), Error);
  EXPECT_THROW(decode_image({}, "empty"), Error);
  EXPECT_THROW(decode_image(bytes_of("hello"), "text"), Error);
}

TEST(Resize, MatchesTheFormulaWithinOneStep) {
  // The same sums in double precision; fixed point and two roundings may differ by one.
  std::vector<std::uint8_t> pixels(64 * 48);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>((i * 37) % 251);
  const Planes out = resize_bicubic(pixels.data(), 64, 48, 1, 20, 30);
  const auto weight = [](double x) {
    x = std::abs(x);
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0.0;
  };
  const auto axis = [&](int i, int in, int size, int place) {
    const double scale = static_cast<double>(in) / size, filter = std::max(scale, 1.0);
    double sum = 0;
    for (int k = 0; k < in; ++k) sum += weight((k + 0.5 - (i + 0.5) * scale) / filter);
    return weight((place + 0.5 - (i + 0.5) * scale) / filter) / sum;
  };
  for (int y = 0; y < 30; y += 7) {
    for (int x = 0; x < 20; x += 3) {
      double sum = 0;
      for (int v = 0; v < 48; ++v) {
        for (int u = 0; u < 64; ++u) sum += axis(y, 48, 30, v) * axis(x, 64, 20, u) * pixels[static_cast<std::size_t>(v * 64 + u)];
      }
      EXPECT_NEAR(out.values[static_cast<std::size_t>(y * 20 + x)], std::clamp(sum, 0.0, 255.0), 1.6) << x << "," << y;
    }
  }
}

TEST(Orientation, EightCases) {
  Image image{2, 1, ImageMode::l, {1, 2}, {}};
  EXPECT_EQ(oriented(image, 2).pixels, (std::vector<std::uint8_t>{2, 1}));
  EXPECT_EQ(oriented(image, 3).pixels, (std::vector<std::uint8_t>{2, 1}));
  EXPECT_EQ(oriented(image, 4).pixels, (std::vector<std::uint8_t>{1, 2}));
  EXPECT_EQ(oriented(image, 6).height, 2);
  EXPECT_EQ(oriented(image, 6).pixels, (std::vector<std::uint8_t>{1, 2}));
  EXPECT_EQ(oriented(image, 8).pixels, (std::vector<std::uint8_t>{2, 1}));
}

TEST(Preprocess, ValuesAsTheModelSeesThem) {
  const Image image{1, 1, ImageMode::rgb, {255, 0, 128}, {}};
  std::vector<float> planes(3);
  preprocess(image, 1, planes);
  EXPECT_EQ(planes[0], (1.0f - 0.48145466f) / 0.26862954f);
  EXPECT_EQ(planes[1], (0.0f - 0.4578275f) / 0.26130258f);
}

TEST(OddImages, SoundOnesAreReadAndBrokenOnesRefused) {
  const char* data = std::getenv("CNCLIP_TEST_DATA");
  const fs::path folder = fs::path(data != nullptr ? data : "") / "odd-images";
  if (data == nullptr || !fs::exists(folder)) GTEST_SKIP() << "no test data";
  const std::set<std::string> rejected = {
      "truncated_jpeg.jpg", "truncated.jpg", "corrupt-header.jpg", "empty.jpg", "missing-sof.jpg", "missing-sos.jpg", "null_height.jpg",
      "max_size.jpg", "invalid-dimensions.jpg", "21a84b8472f6d18f5bb5c0026e97cfaa.jpg", "b0b8914cc5f7a6eff409f16d8cc236c5.jpg", "broken.png",
      "unknown_compression_method.png", "truncated.png", "zero_width.gif", "decompression_bomb.gif", "badwidth.bmp", "shortfile.bmp", "negative_size.ppm"};
  const std::set<std::string> either = {"partial_progressive.jpg", "progressive-missing-ac.jpg", "testimgari.jpg", "monkey12.jpg", "app13.jpg",
                                        "icc-after-SOF.jpg", "dc-predictor-overflow.jpg", "4838ece0d3900220d33528ee027289bc.jpg",
                                        "truncated_end_chunk.png", "png_decompression_dos.png", "oob.gif"};
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".md") || name.ends_with(".tsv")) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    bool decoded = true;
    try {
      std::vector<std::uint8_t> planes(3 * 32 * 32);
      preprocess_u8(decode_image(bytes_of(bytes), name), 32, planes);
    } catch (const Error& error) {
      decoded = false;
      EXPECT_EQ(error.category(), ErrorCategory::bad_input) << name;
      EXPECT_EQ(std::string(error.what()).rfind(name, 0), 0u) << error.what();
    }
    if (!either.contains(name)) { EXPECT_EQ(decoded, !rejected.contains(name)) << name; }
    ++seen;
  }
  EXPECT_GE(seen, 60);
}

}  // namespace
}  // namespace cnclip
