#include "eval/report/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace cnclip {

Interval bootstrap(std::size_t count, const std::function<double(std::span<const std::uint32_t> drawn)>& figure,
                   int draws) {
  std::vector<std::uint32_t> drawn(count);
  std::vector<double> figures;
  for (int draw = 0; draw < draws; ++draw) {
    Random random(static_cast<std::uint64_t>(draw), "bootstrap");
    for (std::uint32_t& place : drawn)
      place = static_cast<std::uint32_t>(random.uniform() * static_cast<double>(count));
    const double value = figure(drawn);
    if (std::isfinite(value)) figures.push_back(value);
  }
  if (figures.empty()) return {std::nan(""), std::nan("")};
  std::ranges::sort(figures);
  const auto at = [&](double share) {
    return figures[static_cast<std::size_t>(std::lround(share * static_cast<double>(figures.size() - 1)))];
  };
  return {at(0.025), at(0.975)};
}

}  // namespace cnclip
