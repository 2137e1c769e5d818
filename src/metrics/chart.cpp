#include "metrics/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/html.h"

namespace cnclip {

const char* const kChartStyle = R"css(
.chart { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px 8px; min-width: 0 }
.chart h3 { font-size: 14px; margin: 0 0 4px } .chart h3 small { color: var(--soft); font-weight: normal }
.chart > svg { width: 100%; height: auto; display: block }
.chart text { fill: var(--soft); font-size: 11px } .chart .grid { stroke: var(--line) }
.chart .stage { stroke: var(--run, var(--soft)); stroke-dasharray: 3 3; opacity: .7 } .chart .stage-name { fill: var(--run, var(--soft)) }
.chart path { fill: none; stroke: var(--run); stroke-width: 1.8; stroke-linejoin: round }
.chart path.faint { stroke-width: 1; opacity: .28 } .chart circle { fill: var(--run) }
.run0 { --run: #1668d6 } .run1 { --run: #d9480f } .run2 { --run: #2b8a3e } .run3 { --run: #a61e9d }
.run4 { --run: #b08000 } .run5 { --run: #0b8a9a } .run6 { --run: #d6336c } .run7 { --run: #5f6b7a }
@media (prefers-color-scheme: dark) {
  .run0 { --run: #6aaeff } .run1 { --run: #ff9a62 } .run2 { --run: #62d17a } .run3 { --run: #e38be0 }
  .run4 { --run: #ecc94b } .run5 { --run: #4fd3e0 } .run6 { --run: #ff86ac } .run7 { --run: #aab6c5 } }
)css";

namespace {

constexpr double kWidth = 560, kHeight = 230, kLeft = 48, kRight = 12, kTop = 18, kBottom = 24;
constexpr double kInner = kWidth - kLeft - kRight;
constexpr std::size_t kDots = 60;  // more would hide the line

// Where a value stands on an axis that may be logarithmic.
struct Axis {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool logarithmic = false;

  double placed(double value) const { return logarithmic ? std::log10(value) : value; }
  bool fits(double value) const { return std::isfinite(placed(value)); }
  bool empty() const { return low > high; }
  void cover(double value) {
    low = std::min(low, placed(value));
    high = std::max(high, placed(value));
  }
  double share(double value) const { return (placed(value) - low) / (high - low); }
};

std::string number(double value) {
  const double size = std::abs(value);
  if (size >= 1e6 && size < 1e12) return fmt::format("{:.6g}M", value / 1e6);
  if (size >= 1e3 && size < 1e6) return fmt::format("{:.6g}k", value / 1e3);
  std::string text = fmt::format("{:.6g}", value);
  if (const std::size_t at = text.find("e-0"); at != std::string::npos) text.erase(at + 2, 1);
  return text;
}

// Round values, some five of them.
std::vector<double> round_values(double low, double high) {
  const double rough = (high - low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  const double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
  std::vector<double> values;
  const double first = std::ceil(low / step - 1e-9);
  // Beyond the precision of a double, steps no longer lead anywhere.
  for (int i = 0; i < 12 && (first + i) * step <= high + step * 1e-9; ++i) values.push_back((first + i) * step);
  return values;
}

std::vector<double> ticks(const Axis& axis) {
  if (!axis.logarithmic) return round_values(axis.low, axis.high);
  const int first = static_cast<int>(std::floor(axis.low)), last = static_cast<int>(std::ceil(axis.high));
  const int every = std::max(1, (last - first) / 5);
  std::vector<double> values;
  for (int power = first; power <= last; power += every) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10, power);
      const bool inside = axis.placed(value) >= axis.low && axis.placed(value) <= axis.high;
      if (inside && (factor == 1 || axis.high - axis.low < 2)) values.push_back(value);
    }
  }
  return values;
}

struct Plot {
  Axis y;
  double end = 0;  // of the steps

  double left(double step) const { return kLeft + (end > 0 ? step / end : 0) * kInner; }
  double top(double value) const { return kHeight - kBottom - y.share(value) * (kHeight - kBottom - kTop); }

  std::string path(const Curve& curve) const {
    std::string data;
    for (const Point& point : curve) {
      data += fmt::format("{}{:.1f} {:.1f}", point.begins ? 'M' : 'L', left(point.x), top(point.y));
    }
    return data;
  }

  std::string grid() const {
    std::string svg;
    for (const double value : ticks(y)) {
      svg += fmt::format(
          "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\" "
          "text-anchor=\"end\">{}</text>\n",
          kLeft, kWidth - kRight, top(value), top(value), kLeft - 6, top(value) + 4, number(value));
    }
    for (const double step : round_values(0, std::max(end, 1.0))) {
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", left(step), kHeight - 8,
                         number(step));
    }
    return svg;
  }

  std::string stage(const StageMark& mark, double& free_from) const {
    const double x = left(mark.x);
    const double name_width = 6.2 * static_cast<double>(mark.name.size());
    std::string svg = fmt::format("<g class=\"{}\"><title>{}</title>",
                                  mark.run ? fmt::format("run{}", *mark.run) : "of-all", escaped_html(mark.name));
    if (mark.x > 0) {
      svg += fmt::format("<line class=\"stage\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>", x, kTop - 12,
                         kHeight - kBottom);
    }
    if (x >= free_from && x + name_width < kWidth) {
      svg += fmt::format("<text class=\"stage-name\" x=\"{:.1f}\" y=\"{}\">{}</text>", x + 4, kTop - 4,
                         escaped_html(mark.name));
      free_from = x + name_width + 8;
    }
    return svg + "</g>\n";
  }
};

struct Drawn {
  Curve bold, faint;
};

// Noise that goes beyond is cut off at the edge of the picture.
void cover_most(Axis& axis, const Curve& noise) {
  constexpr double kLeftOut = 0.02;  // at either end
  std::vector<double> values;
  for (const Point& point : noise) values.push_back(point.y);
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const auto few = static_cast<std::size_t>(kLeftOut * static_cast<double>(values.size()));
  axis.cover(values[few]);
  axis.cover(values[values.size() - 1 - few]);
}

Drawn drawn(const Line& line, const Axis& axis, double end) {
  const auto fitting = [&](Curve curve) {  // what a logarithm cannot show is as good as not finite
    for (Point& point : curve) {
      if (!axis.fits(point.y)) point.y = std::numeric_limits<double>::quiet_NaN();
    }
    return thinned(curve, end, static_cast<std::size_t>(kInner));
  };
  if (!line.smooth) return {fitting(line.curve), {}};
  return {fitting(smoothed(line.curve)), fitting(line.curve)};
}

}  // namespace

std::string chart_html(const Chart& chart, const std::vector<StageMark>& stages, double end) {
  Plot plot{{.logarithmic = chart.logarithmic}, end};
  std::vector<Drawn> all;
  for (const Line& line : chart.lines) {
    all.push_back(drawn(line, plot.y, end));
    for (const Point& point : all.back().bold) plot.y.cover(point.y);
    cover_most(plot.y, all.back().faint);
  }
  if (plot.y.empty()) return {};
  const double margin = 0.05 * (plot.y.high - plot.y.low);
  const bool at_zero = chart.from_zero && !chart.logarithmic && plot.y.low >= 0;
  plot.y.low = at_zero ? 0 : plot.y.low - margin;
  plot.y.high += margin;
  if (!(plot.y.high > plot.y.low)) {  // one value only
    plot.y.low -= 0.5;
    plot.y.high += 0.5;
  }

  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", kWidth, kHeight) + plot.grid();
  double free_from = 0;
  for (const StageMark& mark : stages) svg += plot.stage(mark, free_from);
  svg +=
      fmt::format("<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" viewBox=\"{0} {1} {2} {3}\">\n",  // cuts off
                  kLeft - 4, kTop - 4, kInner + 8, kHeight - kTop - kBottom + 8);
  for (std::size_t i = 0; i < all.size(); ++i) {  // all noise lies behind all lines
    if (all[i].faint.empty()) continue;
    svg += fmt::format("<path class=\"faint run{}\" d=\"{}\"/>\n", chart.lines[i].run, plot.path(all[i].faint));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Line& line = chart.lines[i];
    const std::string name = escaped_html(line.name);
    svg += fmt::format("<path class=\"run{}\" d=\"{}\"><title>{}</title></path>\n", line.run, plot.path(all[i].bold),
                       name);
    if (!line.dotted || all[i].bold.size() > kDots) continue;
    for (const Point& point : all[i].bold) {
      svg += fmt::format(
          "<circle class=\"run{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.8\"><title>{}, step {:.0f}: "
          "{:.4g}</title></circle>\n",
          line.run, plot.left(point.x), plot.top(point.y), name, point.x, point.y);
    }
  }
  return fmt::format("<div class=\"chart\"><h3>{} <small>{}</small></h3>{}</svg></svg></div>\n",
                     escaped_html(chart.title), escaped_html(chart.unit), svg);
}

}  // namespace cnclip
