#include <algorithm>
#include <array>
#include <numeric>

#include "augment/op_families.h"

namespace cnclip {
namespace {

using Plane = std::span<std::uint8_t>;
using Histogram = std::array<std::uint32_t, 256>;
using Table = std::array<std::uint8_t, 256>;

Plane plane_of(Plane planes, std::size_t channel) {
  return planes.subspan(channel * (planes.size() / 3), planes.size() / 3);
}

void map(Plane values, const Table& table) {
  for (std::uint8_t& value : values) value = table[value];
}

template <class Function>
void map_values(Plane planes, Function&& function) {
  for (std::uint8_t& value : planes) value = static_cast<std::uint8_t>(function(value));
}

Histogram histogram_of(Plane values) {
  // Equal neighbours would wait for each other's count: they are counted apart.
  std::array<Histogram, 4> parts{};
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    for (std::size_t k = 0; k < 4; ++k) ++parts[k][values[i + k]];
  }
  for (; i < values.size(); ++i) ++parts[0][values[i]];
  for (std::size_t v = 0; v < 256; ++v) parts[0][v] += parts[1][v] + parts[2][v] + parts[3][v];
  return parts[0];
}

}  // namespace

void posterize(Plane planes, int bits) {
  if (bits >= 8) return;
  const int kept = 0xff & ~((1 << (8 - bits)) - 1);
  map_values(planes, [=](int v) { return v & kept; });
}

void solarize(Plane planes, int threshold) {
  map_values(planes, [=](int v) { return v < threshold ? v : 255 - v; });
}

void invert(Plane planes) {
  map_values(planes, [](int v) { return 255 - v; });
}

void autocontrast(Plane planes) {
  for (std::size_t c = 0; c < 3; ++c) {
    const Plane plane = plane_of(planes, c);
    std::uint8_t low = 255, high = 0;
    for (const std::uint8_t value : plane) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
    if (high <= low) continue;
    const double scale = 255.0 / (high - low), offset = -low * scale;
    Table table;
    for (int v = 0; v < 256; ++v) {
      table[static_cast<std::size_t>(v)] =
          static_cast<std::uint8_t>(std::clamp(static_cast<int>(v * scale + offset), 0, 255));
    }
    map(plane, table);
  }
}

void equalize(Plane planes) {
  for (std::size_t c = 0; c < 3; ++c) {
    const Plane plane = plane_of(planes, c);
    const Histogram counts = histogram_of(plane);
    const auto last = std::find_if(counts.rbegin(), counts.rend(), [](auto count) { return count != 0; });
    if (last == counts.rend()) return;
    // A plane of one value has a step of 0 too.
    const auto step = static_cast<std::uint32_t>((plane.size() - *last) / 255);
    if (step == 0) continue;
    Table table;
    std::uint32_t sum = step / 2;
    for (std::size_t v = 0; v < 256; ++v) {
      table[v] = static_cast<std::uint8_t>(std::min(sum / step, 255u));
      sum += counts[v];
    }
    map(plane, table);
  }
}

}  // namespace cnclip
