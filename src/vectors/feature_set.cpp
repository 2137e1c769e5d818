#include "vectors/feature_set.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace cnclip {

LengthRange check_features(const FeatureSet& features) {
  if (features.count() == 0) throw_bad_input("{}: no features", features.name);
  LengthRange range{HUGE_VAL, 0};
  for (std::int64_t i = 0; i < features.count(); ++i) {
    const auto row = features.row(i);
    const double length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0, std::plus<>(),
                                                       [](double a, double b) { return a * b; }));
    const auto refuse = [&](const std::string& why) {
      throw_bad_input("{}: row {} ({}): {}", features.name, i + 1, features.ids[static_cast<std::size_t>(i)], why);
    };
    if (!std::isfinite(length)) {
      const auto bad = std::find_if_not(row.begin(), row.end(), [](float value) { return std::isfinite(value); });
      refuse(fmt::format("value {} is {}", bad - row.begin() + 1, *bad));
    }
    if (length == 0) refuse("all values are zero");
    if (length > 1e18) refuse(fmt::format("its length is {:.3g}, products of such rows could overflow", length));
    range.least = std::min(range.least, length);
    range.most = std::max(range.most, length);
  }
  return range;
}

void FeatureCollector::add(const std::string& id, std::span<const float> row) {
  ids_.push_back(id);
  values_.append(row);
}

void FeatureCollector::add_error(const std::string& id, const std::string& error) {
  if (!skip_broken_) throw Error(ErrorCategory::bad_input, error);
  faults_.push_back({id, error});
}

FeatureSet FeatureCollector::take(std::string name) {
  const Shape shape = {static_cast<std::int64_t>(ids_.size()), width_};
  return {std::move(ids_), values_.take(shape), std::move(name)};
}

}  // namespace cnclip
