#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "augment/affine.h"
#include "augment/op_families.h"

namespace cnclip {
namespace {

// Python's round(value, 15): the decimal nearest to the exact value.
double rounded_to_15_digits(double value) {
  return std::strtod(fmt::format("{:.15f}", value).c_str(), nullptr);
}

void turn_by_quarter(std::span<std::uint8_t> planes, std::size_t side, bool clockwise) {
  const std::vector<std::uint8_t> from(planes.begin(), planes.end());
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t begin = c * side * side;
    for (std::size_t y = 0; y < side; ++y) {
      for (std::size_t x = 0; x < side; ++x) {
        const std::size_t row = clockwise ? side - 1 - x : x, column = clockwise ? y : side - 1 - y;
        planes[begin + y * side + x] = from[begin + row * side + column];
      }
    }
  }
}

Affine rotation(int width, int height, double degrees) {
  const double angle = -(degrees * (std::numbers::pi / 180.0));
  const double cosine = rounded_to_15_digits(std::cos(angle)), sine = rounded_to_15_digits(std::sin(angle));
  const double minus_sine = rounded_to_15_digits(-std::sin(angle));
  const double x = width / 2.0, y = height / 2.0;
  return {cosine,     sine,   cosine * -x + sine * -y + x,  //
          minus_sine, cosine, minus_sine * -x + cosine * -y + y};
}

}  // namespace

void rotate(std::span<std::uint8_t> planes, int width, int height, double degrees) {
  double angle = std::fmod(degrees, 360.0);
  if (angle < 0) angle += 360.0;
  if (angle == 0) return;
  if (angle == 180) {
    const auto area = static_cast<std::ptrdiff_t>(planes.size() / 3);
    for (auto plane = planes.begin(); plane != planes.end(); plane += area) std::reverse(plane, plane + area);
  } else if (width == height && (angle == 90 || angle == 270)) {
    turn_by_quarter(planes, static_cast<std::size_t>(width), angle == 270);
  } else {
    apply_affine(planes, width, height, rotation(width, height, angle));
  }
}

void shear_x(std::span<std::uint8_t> planes, int width, int height, double factor) {
  apply_affine(planes, width, height, {1, factor, 0, 0, 1, 0});
}

}  // namespace cnclip
