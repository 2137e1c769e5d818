#include "search/query_vectors.h"

#include <cmath>

namespace cnclip::search {

std::vector<float> combine(std::span<const PartVector> parts, const Means& means) {
  if (parts.size() == 1 && parts[0].weight > 0) return {parts[0].vector.begin(), parts[0].vector.end()};
  std::vector<double> sum(parts[0].vector.size());
  for (const PartVector& part : parts) {
    const std::vector<float>& mean = part.picture ? means.picture : means.text;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const double usual = part.weight < 0 && !mean.empty() ? double{mean[i]} : 0.0;
      sum[i] += part.weight * (double{part.vector[i]} - usual);
    }
  }
  double square = 0;
  for (const double value : sum) square += value * value;
  if (!(square > 1e-12)) return {};
  std::vector<float> vector;
  for (const double value : sum) vector.push_back(static_cast<float>(value / std::sqrt(square)));
  return vector;
}

std::vector<float> mean_of(std::span<const float> rows, std::size_t width) {
  std::vector<double> sum(width);
  for (std::size_t i = 0; i < rows.size(); ++i) sum[i % width] += double{rows[i]};
  std::vector<float> mean;
  const double count = static_cast<double>(rows.size()) / static_cast<double>(width);
  for (const double value : sum) mean.push_back(count > 0 ? static_cast<float>(value / count) : 0.0f);
  return mean;
}

}  // namespace cnclip::search
