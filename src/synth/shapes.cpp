#include "synth/shapes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace cnclip::synth {
namespace {

constexpr double kPi = std::numbers::pi;

Point operator-(Point a, Point b) {
  return {a.x - b.x, a.y - b.y};
}
double dot(Point a, Point b) {
  return a.x * b.x + a.y * b.y;
}
Point turned(Point p, double angle) {
  return {p.x * std::cos(angle) - p.y * std::sin(angle), p.x * std::sin(angle) + p.y * std::cos(angle)};
}

double circle(Point p, Point centre, double radius) {
  return std::hypot(p.x - centre.x, p.y - centre.y) - radius;
}
double box(Point p, Point centre, double half_width, double half_height, double corner = 0) {
  const double x = std::abs(p.x - centre.x) - half_width + corner, y = std::abs(p.y - centre.y) - half_height + corner;
  return std::hypot(std::max(x, 0.0), std::max(y, 0.0)) + std::min(std::max(x, y), 0.0) - corner;
}
double segment(Point p, Point a, Point b, double half_width) {
  const Point along = b - a, from = p - a;
  const double t = std::clamp(dot(from, along) / dot(along, along), 0.0, 1.0);
  return std::hypot(from.x - t * along.x, from.y - t * along.y) - half_width;
}
// Two equal circles' common part, its tips at (0, -half_height) and (0, half_height).
double lens(Point p, double half_width, double half_height) {
  const double radius = (half_width * half_width + half_height * half_height) / (2 * half_width);
  return std::hypot(std::abs(p.x) + radius - half_width, p.y) - radius;
}

using Polygon = std::vector<Point>;

double polygon(Point p, const Polygon& corners) {
  double nearest = 1e9;
  bool inside = false;
  for (std::size_t i = 0, k = corners.size() - 1; i < corners.size(); k = i++) {
    const Point a = corners[i], b = corners[k];
    nearest = std::min(nearest, segment(p, a, b, 0));
    if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside ? -nearest : nearest;
}

Polygon sampled(int corners, const std::function<Point(double)>& curve) {
  Polygon polygon;
  for (int i = 0; i < corners; ++i) polygon.push_back(curve(2 * kPi * i / corners));
  return polygon;
}

const Polygon& star() {
  static const Polygon polygon = [] {
    Polygon corners;
    for (int i = 0; i < 10; ++i) {
      const double radius = i % 2 == 0 ? 1.0 : 0.42;
      corners.push_back({radius * std::sin(kPi * i / 5), -radius * std::cos(kPi * i / 5)});
    }
    return corners;
  }();
  return polygon;
}

const Polygon& heart() {
  static const Polygon polygon = sampled(40, [](double t) {
    const double s = std::sin(t);
    const double y = 13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) - std::cos(4 * t);
    return Point{16 * s * s * s / 17, -(y + 2) / 17};
  });
  return polygon;
}

const Polygon& drop() {
  static const Polygon polygon = sampled(32, [](double t) {
    return Point{0.82 * std::sin(t) * std::pow(std::sin(t / 2), 1.5), -0.95 * std::cos(t)};
  });
  return polygon;
}

double flower(Point p) {
  double petals = 9;
  for (int i = 0; i < 5; ++i) {
    const double angle = 2 * kPi * i / 5;
    petals = std::min(petals, circle(p, {0.54 * std::sin(angle), -0.54 * std::cos(angle)}, 0.42));
  }
  return std::min(petals, circle(p, {}, 0.4));
}

double cloud(Point p) {
  const double puffs =
      std::min({circle(p, {-0.5, 0.12}, 0.38), circle(p, {-0.05, -0.2}, 0.5), circle(p, {0.5, 0.08}, 0.42)});
  return std::min(puffs, box(p, {0, 0.27}, 0.86, 0.24, 0.24));
}

double house(Point p) {
  static const Polygon roof = {{0, -0.95}, {0.98, -0.1}, {-0.98, -0.1}};
  return std::min(box(p, {0, 0.36}, 0.7, 0.52), polygon(p, roof));
}

double fish(Point p) {
  static const Polygon tail = {{0.35, 0}, {1.0, -0.5}, {0.85, 0}, {1.0, 0.5}};
  return std::min(lens({p.y, p.x + 0.2}, 0.48, 0.78), polygon(p, tail));
}

}  // namespace

double outline(Shape shape, Point p) {
  static const Polygon triangle = {{0, -0.95}, {0.95, 0.7}, {-0.95, 0.7}};
  static const Polygon diamond = {{0, -1}, {0.68, 0}, {0, 1}, {-0.68, 0}};
  switch (shape) {
    case Shape::circle: return circle(p, {}, 0.9);
    case Shape::square: return box(p, {}, 0.78, 0.78, 0.05);
    case Shape::triangle: return polygon(p, triangle);
    case Shape::star: return polygon(p, star());
    case Shape::heart: return polygon(p, heart());
    case Shape::moon: return std::max(circle(p, {}, 0.95), -circle(p, {0.45, -0.12}, 0.78));
    case Shape::ring: return std::abs(circle(p, {}, 0.75)) - 0.19;
    case Shape::cross: return std::min(box(p, {}, 0.92, 0.29, 0.03), box(p, {}, 0.29, 0.92, 0.03));
    case Shape::flower: return flower(p);
    case Shape::cloud: return cloud(p);
    case Shape::drop: return polygon(p, drop());
    case Shape::diamond: return polygon(p, diamond);
    case Shape::card: return box(p, {}, 0.97, 0.56, 0.04);
    case Shape::leaf: return lens(turned(p, kPi / 4), 0.46, 0.98);
    case Shape::house: return house(p);
    case Shape::fish: return fish(p);
  }
  return 9;
}

double detail(Shape shape, Point p) {
  switch (shape) {
    case Shape::flower: return circle(p, {}, 0.24);
    case Shape::house: return box(p, {0, 0.6}, 0.17, 0.28);
    case Shape::fish: return circle(p, {-0.62, -0.1}, 0.09);
    case Shape::leaf: return segment(turned(p, kPi / 4), {0, -0.7}, {0, 0.95}, 0.035);
    default: return 9;
  }
}

}  // namespace cnclip::synth
