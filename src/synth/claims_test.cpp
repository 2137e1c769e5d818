#include "synth/claims.h"

#include <gtest/gtest.h>

namespace cnclip::synth {
namespace {

TEST(Truths, CountsTheScenesThatASentenceIsTrueOf) {
  Scene a;
  a.first = {Shape::star, Color::red, Pattern::stripes, Size::large};
  Scene b = a, c = a;
  b.first.color = Color::blue;
  c.cell = 0;
  const std::vector<Scene> scenes = {a, b, c};
  Truths truths(scenes);
  EXPECT_EQ(truths.count(a, 0), 3);
  EXPECT_EQ(truths.count(a, first_color), 2);
  EXPECT_EQ(truths.count(a, first_color | arrangement), 1);
}

TEST(Truths, TwoThingsWithoutTheirPlacesHaveNoOrder) {
  Scene a;
  a.kind = Kind::pair;
  a.first.shape = Shape::star;
  Scene b = a;
  std::swap(b.first, b.second);
  const std::vector<Scene> scenes = {a, b};
  Truths truths(scenes);
  EXPECT_EQ(truths.count(a, 0), 2);
  EXPECT_EQ(truths.count(a, arrangement), 1);
}

}  // namespace
}  // namespace cnclip::synth
