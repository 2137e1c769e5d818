// A drawn scene as facts: what a caption may say about a picture, and what the picture is drawn from.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace cnclip::synth {

enum class Shape : std::uint8_t {
  circle,
  square,
  triangle,
  star,
  heart,
  moon,
  ring,
  cross,
  flower,
  cloud,
  drop,
  diamond,
  card,
  leaf,
  house,
  fish,
};
inline constexpr int kShapes = 16;

enum class Color : std::uint8_t { red, orange, yellow, green, cyan, blue, purple, pink, brown, black, white, grey };
inline constexpr int kColors = 12;

enum class Pattern : std::uint8_t { plain, stripes, dots, checks };
inline constexpr int kPatterns = 4;

enum class Size : std::uint8_t { small, medium, large };  // captions leave medium unsaid
inline constexpr int kSizes = 3;

enum class Background : std::uint8_t { white, black, grey, blue, green, yellow, pink, purple };
inline constexpr int kBackgrounds = 8;

// Of a single object: the cell of a 3 x 3 grid, row by row.
inline constexpr int kCells = 9;

enum class Layout : std::uint8_t { row, column, scattered };  // of a group
inline constexpr int kLayouts = 3;

enum class Relation : std::uint8_t { left_of, above, inside };  // the first object of a pair to the second
inline constexpr int kRelations = 3;

inline constexpr int kMostObjects = 6;

enum class Kind : std::uint8_t { single, group, pair };

struct Object {
  Shape shape = Shape::circle;
  Color color = Color::red;
  Pattern pattern = Pattern::plain;
  Size size = Size::medium;
  bool operator==(const Object&) const = default;
};

struct Scene {
  Kind kind = Kind::single;
  Background background = Background::white;
  Object first;                         // the only one; each of the group; or the one that stands left, above, inside
  Object second;                        // of a pair
  int count = 1;                        // 2 to kMostObjects in a group
  int cell = 4;                         // of a single object
  Layout layout = Layout::row;          // of a group
  Relation relation = Relation::above;  // of a pair
  bool operator==(const Scene&) const = default;
};

// One eighth of all colours of shapes is held out: never drawn in train or valid, present in half the test pictures.
// Every shape and every colour is among the held-out ones and among the others.
bool held_out(Shape shape, Color color);
bool held_out(const Scene& scene);

enum class Novelty : std::uint8_t { known, held_out };  // whether the scene must show a held-out combination

Scene random_scene(Random& random, Novelty novelty);

// Colours as drawn, RGB from 0 to 1. A shape never lies on a background that is nearly its colour.
using Rgb = std::array<double, 3>;
Rgb rgb_of(Color color);
Rgb rgb_of(Background background);

int below(Random& random, int n);                           // uniform in 0..n-1
double between(Random& random, double least, double most);  // uniform
}  // namespace cnclip::synth
