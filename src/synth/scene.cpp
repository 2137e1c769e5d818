#include "synth/scene.h"

#include <algorithm>
#include <cmath>

namespace cnclip::synth {
namespace {

// Far enough apart to be told from each other at a glance, shading and noise included.
constexpr double kMinContrast = 0.30;

double distance(const Rgb& a, const Rgb& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

bool clear(Color color, Background background) {
  return distance(rgb_of(color), rgb_of(background)) > kMinContrast;
}

Background random_background(Random& random, const Object& first, const Object& second) {
  for (;;) {
    const auto background = static_cast<Background>(below(random, kBackgrounds));
    if (clear(first.color, background) && clear(second.color, background)) return background;
  }
}

Object random_object(Random& random, Novelty novelty) {
  Object object;
  do {
    object.shape = static_cast<Shape>(below(random, kShapes));
    object.color = static_cast<Color>(below(random, kColors));
  } while (held_out(object.shape, object.color) != (novelty == Novelty::held_out));
  object.size = static_cast<Size>(below(random, 3));
  // A pattern needs room to be seen.
  if (object.size != Size::small && below(random, 2) == 0) {
    object.pattern = static_cast<Pattern>(1 + below(random, kPatterns - 1));
  }
  return object;
}

bool has_room(Shape shape) {
  return shape == Shape::circle || shape == Shape::square || shape == Shape::heart || shape == Shape::ring ||
         shape == Shape::flower || shape == Shape::card;
}

// The second object holds the first: large and plain, so that what lies inside is seen.
void put_inside(Random& random, Scene& scene) {
  scene.first.size = Size::small;
  scene.first.pattern = Pattern::plain;
  scene.second.size = Size::large;
  scene.second.pattern = Pattern::plain;
  while (!has_room(scene.second.shape) || scene.second.shape == scene.first.shape ||
         held_out(scene.second.shape, scene.second.color) ||
         distance(rgb_of(scene.first.color), rgb_of(scene.second.color)) <= kMinContrast) {
    scene.second.shape = static_cast<Shape>(below(random, kShapes));
    scene.second.color = static_cast<Color>(below(random, kColors));
  }
}

}  // namespace

int below(Random& random, int n) {
  return static_cast<int>(random.uniform() * n);
}

double between(Random& random, double least, double most) {
  return least + (most - least) * random.uniform();
}

bool held_out(Shape shape, Color color) {
  // 3 is prime to 8, and 16 shapes by 12 colours leave each of either at least one combination of each sort.
  return (static_cast<int>(shape) + 3 * static_cast<int>(color)) % 8 == 0;
}

bool held_out(const Scene& scene) {
  return held_out(scene.first.shape, scene.first.color) ||
         (scene.kind == Kind::pair && held_out(scene.second.shape, scene.second.color));
}

Scene random_scene(Random& random, Novelty novelty) {
  Scene scene;
  scene.kind = static_cast<Kind>(below(random, 3));
  scene.first = random_object(random, novelty);
  switch (scene.kind) {
    case Kind::single: scene.cell = below(random, kCells); break;
    case Kind::group:
      scene.count = 2 + below(random, kMostObjects - 1);
      scene.layout = static_cast<Layout>(below(random, kLayouts));
      scene.first.size = Size::medium;
      if (scene.count > 3) scene.first.pattern = Pattern::plain;  // too small for one
      break;
    case Kind::pair:
      scene.relation = static_cast<Relation>(below(random, kRelations));
      do {
        scene.second = random_object(random, Novelty::known);
      } while (scene.second.shape == scene.first.shape);
      if (scene.relation == Relation::inside)
        put_inside(random, scene);
      else if (below(random, 2) == 0)
        std::swap(scene.first, scene.second);
      break;
  }
  scene.background = random_background(random, scene.first, scene.kind == Kind::pair ? scene.second : scene.first);
  return scene;
}

Rgb rgb_of(Color color) {
  static constexpr std::array<Rgb, kColors> kValues = {{{0.86, 0.15, 0.16},
                                                        {0.96, 0.53, 0.10},
                                                        {0.98, 0.82, 0.14},
                                                        {0.18, 0.60, 0.25},
                                                        {0.15, 0.78, 0.78},
                                                        {0.14, 0.33, 0.83},
                                                        {0.52, 0.22, 0.70},
                                                        {0.97, 0.50, 0.69},
                                                        {0.48, 0.29, 0.15},
                                                        {0.09, 0.09, 0.11},
                                                        {0.98, 0.98, 0.97},
                                                        {0.52, 0.53, 0.55}}};
  return kValues[static_cast<std::size_t>(color)];
}

Rgb rgb_of(Background background) {
  static constexpr std::array<Rgb, kBackgrounds> kValues = {{{0.97, 0.97, 0.96},
                                                             {0.13, 0.13, 0.16},
                                                             {0.78, 0.79, 0.80},
                                                             {0.72, 0.86, 0.98},
                                                             {0.75, 0.92, 0.74},
                                                             {0.99, 0.95, 0.70},
                                                             {0.99, 0.82, 0.87},
                                                             {0.85, 0.79, 0.96}}};
  return kValues[static_cast<std::size_t>(background)];
}

}  // namespace cnclip::synth
