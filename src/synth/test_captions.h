// What tests of captions in any language hold against the drawing.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "synth/captions.h"
#include "synth/draw.h"

namespace cnclip::synth {

inline const Placed& find(const std::vector<Placed>& placed, const Object& object) {
  return *std::find_if(placed.begin(), placed.end(), [&](const Placed& at) { return at.object == object; });
}

// How the second thing mentioned lies from the first: what the sentence says; 0 where it says nothing.
struct Said {
  bool turned = false;  // the first from the second
  char direction = 0;   // l, r, a, b, i
};

inline void expect_direction(const Placed& it, const Placed& from, char direction, const std::string& text) {
  const double x = it.centre.x - from.centre.x, y = it.centre.y - from.centre.y;
  switch (direction) {
    case 'l': EXPECT_LT(x, -0.3) << text; break;
    case 'r': EXPECT_GT(x, 0.3) << text; break;
    case 'a': EXPECT_LT(y, -0.3) << text; break;
    case 'b': EXPECT_GT(y, 0.3) << text; break;
    default: EXPECT_LT(std::hypot(x, y) + it.radius, from.radius) << text;
  }
}

// `things`: the two objects in the order of mention.
inline void expect_relation(const Said& said, const std::vector<const Object*>& things,
                            const std::vector<Placed>& placed, Claims& claims, const std::string& text) {
  ASSERT_NE(things[0], things[1]);
  if (said.direction == 0) return;
  const Placed &one = find(placed, *things[0]), &two = find(placed, *things[1]);
  expect_direction(said.turned ? one : two, said.turned ? two : one, said.direction, text);
  claims |= arrangement;
}

struct Sides {
  bool left = false, right = false, top = false, bottom = false, middle = false;
};
inline void expect_cell(const Sides& said, const Placed& at, Claims& claims, const std::string& text) {
  if (!said.left && !said.right && !said.top && !said.bottom && !said.middle) return;
  claims |= arrangement;
  const double x = at.centre.x, y = at.centre.y;
  EXPECT_EQ(said.left, x < 0.4) << text;
  EXPECT_EQ(said.right, x > 0.6) << text;
  EXPECT_EQ(said.top, y < 0.4) << text;
  EXPECT_EQ(said.bottom, y > 0.6) << text;
}

struct Order {
  bool row = false, column = false, scattered = false;
};
inline void expect_layout(const Order& said, const std::vector<Placed>& placed, Claims& claims,
                          const std::string& text) {
  const auto [left, right] = std::minmax_element(
      placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.centre.x < b.centre.x; });
  const auto [top, bottom] = std::minmax_element(
      placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.centre.y < b.centre.y; });
  const double wide = right->centre.x - left->centre.x, tall = bottom->centre.y - top->centre.y;
  if (said.row || said.column || said.scattered) claims |= arrangement;
  EXPECT_TRUE(!said.row || tall < 0.05) << text;
  EXPECT_TRUE(!said.column || wide < 0.05) << text;
  EXPECT_TRUE(!said.scattered || std::min(wide, tall) > 0.1) << text;
}

}  // namespace cnclip::synth
