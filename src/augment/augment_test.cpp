#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "augment/train_transform.h"
#include "base/error.h"

namespace cnclip {
namespace {

using Planes = std::vector<std::uint8_t>;

Planes after(const AugmentOp& op, int width, int height, Planes planes) {
  apply_op(op, width, height, planes);
  return planes;
}

// The same values in all three channels.
Planes grey(const Planes& plane) {
  Planes planes;
  for (int c = 0; c < 3; ++c) planes.insert(planes.end(), plane.begin(), plane.end());
  return planes;
}

Planes ramp(std::size_t size) {
  Planes plane(size);
  std::iota(plane.begin(), plane.end(), std::uint8_t{0});
  return grey(plane);
}

Image photograph_like(int width, int height, ImageMode mode, std::size_t channels) {
  Image image{width, height, mode, {}, {}};
  image.pixels.resize(static_cast<std::size_t>(width * height) * channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * i / 7);
  return image;
}

TEST(Ops, MapValuesAsTheyAreDefined) {
  EXPECT_EQ(after({OpKind::invert, 0}, 4, 1, grey({0, 1, 128, 255})), grey({255, 254, 127, 0}));
  EXPECT_EQ(after({OpKind::posterize, 4}, 4, 1, grey({0, 15, 128, 255})), grey({0, 0, 128, 240}));
  EXPECT_EQ(after({OpKind::posterize, 8}, 4, 1, grey({0, 15, 128, 255})), grey({0, 15, 128, 255}));
  EXPECT_EQ(after({OpKind::solarize, 128}, 4, 1, grey({0, 127, 128, 255})), grey({0, 127, 127, 0}));
  EXPECT_EQ(after({OpKind::autocontrast, 0}, 3, 1, grey({10, 15, 20})), grey({0, 127, 255}));
  EXPECT_EQ(after({OpKind::autocontrast, 0}, 3, 1, grey({9, 9, 9})), grey({9, 9, 9}));
}

TEST(Ops, ChannelsAreMappedApart) {
  EXPECT_EQ(after({OpKind::autocontrast, 0}, 2, 1, {10, 20, 7, 7, 0, 255}), (Planes{0, 255, 7, 7, 0, 255}));
}

TEST(Ops, EqualizeLeavesPicturesOfOneValueAndSmallOnes) {
  EXPECT_EQ(after({OpKind::equalize, 0}, 20, 20, grey(Planes(400, 7))), grey(Planes(400, 7)));
  EXPECT_EQ(after({OpKind::equalize, 0}, 10, 1, ramp(10)), ramp(10));
  Planes two(1024, 50);
  std::fill(two.begin() + 512, two.end(), std::uint8_t{60});
  Planes spread(1024, 0);
  std::fill(spread.begin() + 512, spread.end(), std::uint8_t{255});
  EXPECT_EQ(after({OpKind::equalize, 0}, 32, 32, grey(two)), grey(spread));
}

TEST(Ops, FactorOneChangesNothing) {
  for (const OpKind kind : {OpKind::color, OpKind::contrast, OpKind::sharpness}) {
    EXPECT_EQ(after({kind, 1.0}, 16, 16, ramp(256)), ramp(256)) << name_of(kind);
  }
}

TEST(Ops, RotationsByQuartersMovePixels) {
  const Planes four = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  EXPECT_EQ(after({OpKind::rotate, 360}, 2, 2, four), four);
  EXPECT_EQ(after({OpKind::rotate, 90}, 2, 2, four), (Planes{2, 4, 1, 3, 6, 8, 5, 7, 10, 12, 9, 11}));
  EXPECT_EQ(after({OpKind::rotate, -90}, 2, 2, four), (Planes{3, 1, 4, 2, 7, 5, 8, 6, 11, 9, 12, 10}));
  EXPECT_EQ(after({OpKind::rotate, 180}, 2, 2, four), (Planes{4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9}));
}

TEST(Ops, WhatComesFromOutsideIsTheMeanColor) {
  const Planes sheared = after({OpKind::shear_x, -4}, 8, 8, grey(Planes(64, 0)));
  EXPECT_EQ(sheared[56], 123);
  EXPECT_EQ(sheared[64 + 56], 117);
  EXPECT_EQ(sheared[128 + 56], 104);
}

TEST(TrainTransform, OpsFollowTheFlip) {
  const Image image = photograph_like(50, 40, ImageMode::rgb, 3);
  const TrainParameters plain{{3, 4, 40, 30}, false, 0, {}};
  TrainParameters flipped = plain;
  flipped.flip = true;
  flipped.ops = {{OpKind::rotate, 27}, {OpKind::equalize, 0}};
  Planes expected(3 * 32 * 32), mine = expected;
  apply_train_transform(image, plain, 32, expected);
  for (auto row = expected.begin(); row != expected.end(); row += 32) std::reverse(row, row + 32);
  for (const AugmentOp& op : flipped.ops) apply_op(op, 32, 32, expected);
  apply_train_transform(image, flipped, 32, mine);
  EXPECT_EQ(mine, expected);
}

TEST(TrainTransform, CropsStayInsideThePicture) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2, 3}, {500, 375}, {1, 1000}, {3000, 7}}) {
    std::set<int> widths;
    for (std::uint64_t sample = 0; sample < 200; ++sample) {
      const CropBox crop = draw_train_parameters({1, 2, sample}, width, height).crop;
      EXPECT_GE(crop.left, 0);
      EXPECT_GE(crop.top, 0);
      EXPECT_GT(crop.width, 0);
      EXPECT_GT(crop.height, 0);
      EXPECT_LE(crop.left + crop.width, width);
      EXPECT_LE(crop.top + crop.height, height);
      widths.insert(crop.width);
    }
    EXPECT_TRUE(width != 500 || widths.size() > 10);
  }
}

TEST(TrainTransform, ACropOutsideThePictureIsRefused) {
  const Image image = photograph_like(10, 10, ImageMode::l, 1);
  Planes planes(3 * 8 * 8);
  for (const CropBox crop : {CropBox{0, 0, 11, 10}, {1, 0, 10, 10}, {0, -1, 5, 5}, {0, 0, 0, 5}}) {
    EXPECT_THROW(apply_train_transform(image, {crop, false, 0, {}}, 8, planes), Error);
  }
}

TEST(TrainTransform, DecodingAndApplyingAgree) {
  const Image image = photograph_like(30, 20, ImageMode::rgb, 3);
  std::string file = "P6\n30 20\n255\n";
  file.append(reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size());
  const DrawKey key{7, 8, 9};
  Planes expected(3 * 24 * 24), mine = expected;
  const TrainParameters drawn = decode_train_u8(std::as_bytes(std::span(file)), "x.ppm", key, 24, mine);
  apply_train_transform(image, draw_train_parameters(key, 30, 20), 24, expected);
  EXPECT_EQ(mine, expected);
  EXPECT_EQ(to_json(drawn), to_json(draw_train_parameters(key, 30, 20)));
}

TEST(TrainTransform, ParametersArePrinted) {
  const TrainParameters parameters{{1, 2, 3, 4}, true, 5, {{OpKind::rotate, -24}, {OpKind::color, 0.1}}};
  EXPECT_EQ(to_json(parameters),
            R"({"crop": [1, 2, 3, 4], "flip": true, "sub_policy": 5, "ops": [["rotate", -24], ["color", 0.1]]})");
}

}  // namespace
}  // namespace cnclip
