// Values over the steps, made fit to be drawn.
#pragma once

#include <cstddef>
#include <vector>

namespace cnclip {

struct Point {
  double x = 0, y = 0;  // y that is not finite: there was a step, but nothing to draw
  bool begins = false;  // is not joined to the point before
};
using Curve = std::vector<Point>;

// What random noise leaves of it: a running average over a fiftieth of the points, that starts anew where a line
// begins.
Curve smoothed(const Curve& curve);

// At most two points, the lowest and the highest, of each of `columns` parts of equal width of [0, end]. Only finite
// ones stay; a column without any breaks the line.
Curve thinned(const Curve& curve, double end, std::size_t columns);

}  // namespace cnclip
