#include <algorithm>
#include <cmath>
#include <numbers>

#include "synth/draw.h"

namespace cnclip::synth {
namespace {

double radius_of(Size size, Random& random) {
  switch (size) {
    case Size::small: return between(random, 0.085, 0.10);
    case Size::medium: return between(random, 0.145, 0.16);
    case Size::large: return between(random, 0.21, 0.225);
  }
  return 0;
}

double tilt_of(Shape shape, Random& random) {
  // Round things turn freely, the rest only so far that a square is no diamond and a house still stands.
  if (shape == Shape::star || shape == Shape::flower) return between(random, 0, 2 * std::numbers::pi);
  return between(random, -0.2, 0.2);
}

Point jittered(Point p, Random& random, double by) {
  const double x = between(random, -by, by);  // one after the other: the order of arguments is not defined
  return {p.x + x, p.y + between(random, -by, by)};
}

Placed placed(const Object& object, Point centre, double radius, Random& random) {
  return {object, centre, radius, tilt_of(object.shape, random)};
}

std::vector<Placed> place_single(const Scene& scene, Random& random) {
  const double radius = radius_of(scene.first.size, random), edge = radius + 0.045;
  const auto at = [&](int third) { return third == 0 ? edge : third == 1 ? 0.5 : 1 - edge; };
  const Point centre = jittered({at(scene.cell % 3), at(scene.cell / 3)}, random, 0.025);
  return {placed(scene.first, centre, radius, random)};
}

std::vector<Placed> place_group(const Scene& scene, Random& random) {
  std::vector<Placed> all;
  const double radius =
      scene.layout == Layout::scattered ? between(random, 0.105, 0.12) : std::min(0.14, 0.38 / scene.count);
  if (scene.layout != Layout::scattered) {
    const double across = between(random, 0.35, 0.65), step = std::min(0.32, 0.92 / scene.count);
    for (int i = 0; i < scene.count; ++i) {
      const double along = 0.5 + step * (i - 0.5 * (scene.count - 1));
      const Point centre = scene.layout == Layout::row ? Point{along, across} : Point{across, along};
      all.push_back(placed(scene.first, jittered(centre, random, 0.012), radius, random));
    }
    return all;
  }
  while (static_cast<int>(all.size()) < scene.count) {
    all.clear();
    for (int tries = 0; tries < 200 && static_cast<int>(all.size()) < scene.count; ++tries) {
      const double x = between(random, radius + 0.03, 0.97 - radius), y = between(random, radius + 0.03, 0.97 - radius);
      // Apart, and the third not in line with the first two: that would be a row.
      const bool free = std::none_of(all.begin(), all.end(), [&](const Placed& other) {
        const double dx = std::abs(other.centre.x - x), dy = std::abs(other.centre.y - y);
        return std::hypot(dx, dy) < 2.1 * radius || (scene.count <= 3 && std::min(dx, dy) < 0.15);
      });
      if (free) all.push_back(placed(scene.first, {x, y}, radius, random));
    }
  }
  return all;
}

std::vector<Placed> place_pair(const Scene& scene, Random& random) {
  if (scene.relation == Relation::inside) {
    const double outer = between(random, 0.38, 0.42);
    const Point centre = jittered({0.5, 0.5}, random, 0.04);
    const Placed holder = placed(scene.second, centre, outer, random);
    return {holder, placed(scene.first, jittered(centre, random, 0.02), between(random, 0.13, 0.15), random)};
  }
  const double first = radius_of(scene.first.size, random), second = radius_of(scene.second.size, random);
  const double one = 0.26, two = 0.74;
  const double shift_first = between(random, -0.06, 0.06), shift_second = between(random, -0.06, 0.06);
  const bool level = scene.relation == Relation::left_of;
  const Point a = level ? Point{one, 0.5 + shift_first} : Point{0.5 + shift_first, one};
  const Point b = level ? Point{two, 0.5 + shift_second} : Point{0.5 + shift_second, two};
  const Placed front = placed(scene.first, jittered(a, random, 0.012), first, random);
  return {front, placed(scene.second, jittered(b, random, 0.012), second, random)};
}

}  // namespace

std::vector<Placed> place_objects(const Scene& scene, Random& random) {
  switch (scene.kind) {
    case Kind::single: return place_single(scene, random);
    case Kind::group: return place_group(scene, random);
    case Kind::pair: return place_pair(scene, random);
  }
  return {};
}

}  // namespace cnclip::synth
