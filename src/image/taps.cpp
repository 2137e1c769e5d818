#include "image/taps.h"

#include <algorithm>
#include <cmath>

namespace cnclip {
namespace {

constexpr double kSupport = 2.0;

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

}  // namespace

Taps bicubic_taps(int in, int out) {
  const double scale = static_cast<double>(in) / out, filter_scale = std::max(scale, 1.0);
  const double support = kSupport * filter_scale, inverse = 1.0 / filter_scale;
  Taps taps;
  taps.in = in;
  taps.out = out;
  taps.stride = (static_cast<std::size_t>(std::ceil(support)) * 2 + 1 + 15) / 16 * 16;
  const std::size_t total = taps.stride * static_cast<std::size_t>(out);
  taps.exact.assign(total, 0);
  taps.high.assign(total, 0);
  taps.low.assign(total, 0);
  for (int i = 0; i < out; ++i) {
    const double center = (i + 0.5) * scale;
    // NOLINTBEGIN(bugprone-incorrect-roundings): Pillow rounds so.
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int count = std::min(in, static_cast<int>(center + support + 0.5)) - first;
    // NOLINTEND(bugprone-incorrect-roundings)
    const std::size_t begin = static_cast<std::size_t>(i) * taps.stride;
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double weight = cubic((k + first - center + 0.5) * inverse);
      taps.exact[begin + static_cast<std::size_t>(k)] = weight;
      sum += weight;
    }
    for (std::size_t k = begin; k < begin + static_cast<std::size_t>(count); ++k) {
      if (sum != 0.0) taps.exact[k] /= sum;
      const double scaled = taps.exact[k] * (1 << kWeightBits);
      const auto weight = static_cast<std::int32_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
      taps.high[k] = static_cast<std::int16_t>(weight >> 15);
      taps.low[k] = static_cast<std::int16_t>(weight & 0x7fff);
    }
    taps.first.push_back(first);
    taps.count.push_back(count);
    taps.most = std::max(taps.most, count);
  }
  return taps;
}

}  // namespace cnclip
