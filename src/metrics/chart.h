// Curves of runs in one picture, SVG inside of HTML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/curve.h"

namespace cnclip {

inline constexpr std::size_t kChartRuns = 8;  // as many as there are colours that can be told apart

struct Line {
  std::size_t run = 0;  // whose colour it has
  std::string name;
  Curve curve;
  bool smooth = false;  // drawn smoothed, with itself faintly behind
  bool dotted = false;  // its points are marked, with their values
};

struct StageMark {
  double x = 0;
  std::string name;
  std::optional<std::size_t> run;  // of one run alone
};

struct Chart {
  std::string title, unit;
  std::vector<Line> lines;
  bool from_zero = true, logarithmic = false;
};

// `end` is the last step of the axis. Empty where there is nothing to draw.
std::string chart_html(const Chart& chart, const std::vector<StageMark>& stages, double end);

// Rules for the class "chart", and the colours of runs: the class "run0" sets --run, and so on.
extern const char* const kChartStyle;

}  // namespace cnclip
