#include "cnclip/image.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "image/codecs.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

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

TEST(Decode, SizesThatTheBytesCannotHoldTakeNoMemory) {
  const auto error_of = [](const std::string& bytes) -> std::string {
    try {
      decode_image(bytes_of(bytes), "lie");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string size("\0\0\x32\xc8\0\0\x32\xc8", 8);  // 13,000 x 13,000, big-endian
  const std::string png = "\x89PNG\r\n\x1a\n" + std::string("\0\0\0\x0dIHDR", 8) + size +
                          std::string("\x08\x02\0\0\0\x6d\xc0\x7f\x6f", 9) + std::string("\0\0\0\x04IDATabcd", 12) +
                          "\x26\xe5\xf5\x0a";
  EXPECT_NE(error_of(png).find("cannot hold 13000 x 13000 pixels"), std::string::npos) << error_of(png);
  const std::string gif = std::string("GIF89a\xc8\x32\xc8\x32\0\0\0", 13) +
                          std::string(",\0\0\0\0\xc8\x32\xc8\x32\0\x02\x02\x44\x01\0;", 16);
  EXPECT_NE(error_of(gif).find("cannot hold its pixels"), std::string::npos) << error_of(gif);
}

TEST(Preprocess, ImagesThatContradictThemselvesAreRefused) {
  std::vector<std::uint8_t> planes(3);
  EXPECT_THROW(preprocess_u8({2, 2, ImageMode::rgb, {1, 2, 3}, {}}, 1, planes), Error);
  EXPECT_THROW(preprocess_u8({0, 0, ImageMode::rgb, {}, {}}, 1, planes), Error);
  EXPECT_THROW(preprocess_u8({1, 1, ImageMode::palette, {9}, {1, 2, 3}}, 1, planes), Error);
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
  const std::set<std::string> rejected = {"truncated_jpeg.jpg",
                                          "truncated.jpg",
                                          "corrupt-header.jpg",
                                          "empty.jpg",
                                          "missing-sof.jpg",
                                          "missing-sos.jpg",
                                          "null_height.jpg",
                                          "max_size.jpg",
                                          "invalid-dimensions.jpg",
                                          "21a84b8472f6d18f5bb5c0026e97cfaa.jpg",
                                          "b0b8914cc5f7a6eff409f16d8cc236c5.jpg",
                                          "broken.png",
                                          "unknown_compression_method.png",
                                          "truncated.png",
                                          "zero_width.gif",
                                          "decompression_bomb.gif",
                                          "badwidth.bmp",
                                          "shortfile.bmp",
                                          "negative_size.ppm"};
  const std::set<std::string> either = {"partial_progressive.jpg",
                                        "progressive-missing-ac.jpg",
                                        "testimgari.jpg",
                                        "monkey12.jpg",
                                        "app13.jpg",
                                        "icc-after-SOF.jpg",
                                        "dc-predictor-overflow.jpg",
                                        "4838ece0d3900220d33528ee027289bc.jpg",
                                        "truncated_end_chunk.png",
                                        "png_decompression_dos.png",
                                        "oob.gif"};
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
    if (!either.contains(name)) {
      EXPECT_EQ(decoded, !rejected.contains(name)) << name;
    }
    ++seen;
  }
  EXPECT_GE(seen, 60);
}

}  // namespace
}  // namespace cnclip
