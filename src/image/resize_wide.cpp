#include <algorithm>

#include "image/resize.h"

namespace cnclip {
namespace {

std::int32_t rounded(double value) {
  return static_cast<std::int32_t>(value >= 0.0 ? value + 0.5 : value - 0.5);
}

// Pillow holds "I;16" to its range byte by byte: the low byte of a value out of range is its remainder's, not 255.
std::int32_t held(std::int32_t value) {
  return std::max(value % 256, 0) + 256 * std::clamp(value >> 8, 0, 255);
}

// One pass: `lines` lines of taps.in samples, `step` apart, to lines of taps.out samples.
std::vector<std::int32_t> pass(const std::vector<std::int32_t>& from, const Taps& taps, int lines, bool across,
                               bool hold) {
  const std::ptrdiff_t in_step = across ? 1 : lines, in_line = across ? taps.in : 1;
  const std::ptrdiff_t out_step = across ? 1 : lines, out_line = across ? taps.out : 1;
  std::vector<std::int32_t> to(static_cast<std::size_t>(lines) * static_cast<std::size_t>(taps.out));
  for (std::ptrdiff_t line = 0; line < lines; ++line) {
    for (int i = 0; i < taps.out; ++i) {
      const auto place = static_cast<std::size_t>(i);
      const std::int32_t* samples = from.data() + line * in_line + taps.first[place] * in_step;
      double sum = 0;
      for (int k = 0; k < taps.count[place]; ++k) {
        sum += samples[k * in_step] * taps.exact[place * taps.stride + static_cast<std::size_t>(k)];
      }
      const std::int32_t value = rounded(sum);
      to[static_cast<std::size_t>(line * out_line + i * out_step)] = hold ? held(value) : value;
    }
  }
  return to;
}

}  // namespace

std::vector<std::int32_t> resize_bicubic_wide(std::span<const std::uint16_t> samples, int width, int height,
                                              int out_width, int out_height, bool hold_to_16_bits) {
  std::vector<std::int32_t> values(samples.begin(), samples.end());
  const bool tall = vertical_first(width, height, out_width, out_height);
  const auto narrow = [&](int lines) {
    if (width != out_width) values = pass(values, bicubic_taps(width, out_width), lines, true, hold_to_16_bits);
  };
  const auto shorten = [&](int lines) {
    if (height != out_height) values = pass(values, bicubic_taps(height, out_height), lines, false, hold_to_16_bits);
  };
  if (tall) shorten(width);
  narrow(tall ? out_height : height);
  if (!tall) shorten(out_width);
  return values;
}

}  // namespace cnclip
