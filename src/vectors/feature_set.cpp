#include "vectors/feature_set.h"

namespace cnclip {

void FeatureCollector::add(const std::string& id, std::span<const float> row) {
  ids_.push_back(id);
  values_.insert(values_.end(), row.begin(), row.end());
}

void FeatureCollector::add_error(const std::string& id, const std::string& error) {
  faults_.push_back({id, error});
}

FeatureSet FeatureCollector::take() {
  // The rows stay where they are: the tensor keeps the vector alive.
  auto values = std::make_shared<std::vector<float>>(std::move(values_));
  const std::shared_ptr<const std::byte> bytes(values, reinterpret_cast<const std::byte*>(values->data()));
  const Shape shape = {static_cast<std::int64_t>(ids_.size()), width_};
  return {std::move(ids_), Tensor(DType::f32, shape, bytes)};
}

}  // namespace cnclip
