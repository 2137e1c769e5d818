#include "engine/engine.h"

#include "base/error.h"

namespace cnclip {

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::f32: return "f32";
    case Precision::bf16: return "bf16";
    case Precision::f16: return "f16";
  }
  throw_internal("engine: precision {}", static_cast<int>(precision));
}

std::optional<Precision> precision_named(std::string_view name) {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::f16}) {
    if (name == name_of(precision)) return precision;
  }
  return {};
}

std::vector<float> features_of(Program& program, const Batch& batch) {
  std::vector<float> features(static_cast<std::size_t>(batch.count * program.feature_size()));
  program.run(batch, features);
  return features;
}

void Engine::check_streams(int streams, int) const {
  if (streams != 1)
    throw_usage("{} streams: engine {} runs one batch at a time; engine openvino has streams", streams, name());
}

std::unique_ptr<Observer> Engine::observe(const Graph&, const TensorMap&, const std::vector<Value>&, int) {
  throw_unavailable("engine {}: cannot look inside a model, as calibration must; engine openvino can", name());
}

}  // namespace cnclip
