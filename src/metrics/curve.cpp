#include "metrics/curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace cnclip {

Curve smoothed(const Curve& curve) {
  constexpr std::size_t kParts = 50;
  const double window = std::max(1.0, static_cast<double>(curve.size() / kParts));
  Curve result;
  double average = 0, count = 0;
  for (const Point& point : curve) {
    if (point.begins) count = 0;
    result.push_back({point.x, std::numeric_limits<double>::quiet_NaN(), point.begins});
    if (!std::isfinite(point.y)) continue;
    average += (point.y - average) / std::min(++count, window);
    result.back().y = average;
  }
  return result;
}

Curve thinned(const Curve& curve, double end, std::size_t columns) {
  struct Column {
    std::optional<Point> low, high;
    bool seen = false, begins = false;
  };
  std::vector<Column> all(columns);
  for (const Point& point : curve) {
    const double place = end > 0 ? point.x / end * static_cast<double>(columns) : 0;
    Column& column = all[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(columns - 1)))];
    column.seen = true;
    column.begins |= point.begins;
    if (!std::isfinite(point.y)) continue;
    if (!column.low || point.y < column.low->y) column.low = point;
    if (!column.high || point.y > column.high->y) column.high = point;
  }
  Curve result;
  bool begins = true;
  for (const Column& column : all) {
    begins |= column.begins || (column.seen && !column.low);
    if (!column.low) continue;
    Point first = *column.low, second = *column.high;
    if (second.x < first.x) std::swap(first, second);
    first.begins = begins;
    second.begins = begins = false;
    result.push_back(first);
    if (second.x != first.x) result.push_back(second);
  }
  return result;
}

}  // namespace cnclip
