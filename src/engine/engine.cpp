#include "engine/engine.h"

#include "base/error.h"

namespace cnclip {

std::unique_ptr<Observer> Engine::observe(const Graph&, const TensorMap&, const std::vector<Value>&, int) {
  throw_unavailable("engine {}: cannot look inside a model, as calibration must; engine openvino can", name());
}

}  // namespace cnclip
