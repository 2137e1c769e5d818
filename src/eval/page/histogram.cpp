#include "eval/page/histogram.h"

#include <algorithm>
#include <vector>

#include "base/html.h"

namespace cnclip {
namespace {

constexpr std::size_t kBins = 40;
constexpr double kWidth = 720, kHeight = 180, kBottom = 22, kTop = 14;

std::vector<double> shares(std::span<const float> scores, float least, float most) {
  std::vector<double> bins(kBins);
  const double scale = most > least ? kBins / (static_cast<double>(most) - least) : 0;
  for (const float score : scores) {
    const auto bin = static_cast<std::size_t>((static_cast<double>(score) - least) * scale);
    bins[std::min(bin, kBins - 1)] += 1 / static_cast<double>(scores.size());
  }
  return bins;
}

std::string bars(const std::vector<double>& bins, double highest, std::string_view kind, std::string_view name,
                 double least, double step) {
  std::string svg;
  const double width = kWidth / kBins;
  for (std::size_t i = 0; i < kBins; ++i) {
    if (bins[i] == 0) continue;
    const double height = bins[i] / highest * (kHeight - kBottom - kTop), at = static_cast<double>(i);
    svg += fmt::format(
        R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}, {:.3f} – {:.3f}: {:.1f} %</title></rect>)",
        kind, at * width + 0.5, kHeight - kBottom - height, width - 1, height, escaped_html(name), least + at * step,
        least + (at + 1) * step, 100 * bins[i]);
  }
  return svg;
}

}  // namespace

double share_higher(std::span<const float> right, std::span<const float> wrong) {
  std::vector<float> sorted(wrong.begin(), wrong.end());
  std::ranges::sort(sorted);
  double pairs = 0;
  for (const float score : right) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), score);
    pairs += static_cast<double>(first - sorted.begin()) + static_cast<double>(last - first) / 2;
  }
  return pairs / (static_cast<double>(right.size()) * static_cast<double>(wrong.size()));
}

std::string histogram_html(const ScoreSeries& right, const ScoreSeries& wrong) {
  if (right.scores.empty() || wrong.scores.empty()) return {};
  const auto [right_least, right_most] = std::ranges::minmax(right.scores);
  const auto [wrong_least, wrong_most] = std::ranges::minmax(wrong.scores);
  const float least = std::min(right_least, wrong_least), most = std::max(right_most, wrong_most);
  const auto right_bins = shares(right.scores, least, most), wrong_bins = shares(wrong.scores, least, most);
  const double highest = std::max(std::ranges::max(right_bins), std::ranges::max(wrong_bins));
  const double step = (static_cast<double>(most) - least) / kBins;
  std::string svg = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img">)", kWidth, kHeight);
  svg += bars(wrong_bins, highest, "wrong", wrong.name, least, step);
  svg += bars(right_bins, highest, "right", right.name, least, step);
  for (int tick = 0; tick <= 4; ++tick) {
    const char* anchor = tick == 0 ? "start" : tick == 4 ? "end" : "middle";
    svg += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="{}">{:.3f}</text>)", kWidth * tick / 4, kHeight - 6,
                       anchor, least + (static_cast<double>(most) - least) * tick / 4);
  }
  return fmt::format(
      "<figure class=histogram>{}</svg><figcaption><span class=\"key right\"></span>{} ({}) <span class=\"key "
      "wrong\"></span>{} ({}) · in {:.1f} % of pairs the first is higher</figcaption></figure>\n",
      svg, escaped_html(right.name), grouped(right.scores.size()), escaped_html(wrong.name),
      grouped(wrong.scores.size()), 100 * share_higher(right.scores, wrong.scores));
}

}  // namespace cnclip
