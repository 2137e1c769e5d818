// How two kinds of scores lie beside each other, as SVG inside of HTML.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cnclip {

struct ScoreSeries {
  std::string_view name;  // text
  std::span<const float> scores;
};

// Bars of both over one axis, each as shares of its own series, with the share of pairs (one score of each series) in
// which the first is higher: the area under the ROC curve. Empty where a series is.
std::string histogram_html(const ScoreSeries& right, const ScoreSeries& wrong);

// Equal scores count half.
double share_higher(std::span<const float> right, std::span<const float> wrong);

}  // namespace cnclip
