#include "encode/engines.h"

#include "base/error.h"
#include "engine/reference/reference.h"
#if CNCLIP_WITH_OPENVINO
#include "engine/openvino/openvino.h"
#endif

namespace cnclip {

std::unique_ptr<Engine> make_engine(std::string_view name) {
#if CNCLIP_WITH_OPENVINO
  if (name.empty() || name == "openvino") return make_openvino_engine();
#endif
  if (name.empty() || name == "reference") return make_reference_engine();
  if (name == "openvino") {
    throw_unavailable("engine openvino: not in this build; configure with -DCNCLIP_OPENVINO=ON (scripts/setup.sh fetches it)");
  }
  throw_usage("engine {}: it is openvino or reference", name);
}

Precision best_precision(const Engine& engine) {
#if defined(__x86_64__)
  if (engine.name() == "openvino" && __builtin_cpu_supports("avx512bf16")) return Precision::bf16;
#endif
  return Precision::f32;
}

}  // namespace cnclip
