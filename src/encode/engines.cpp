#include "encode/engines.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/error.h"
#include "encode/torch_plugin.h"
#include "engine/reference/reference.h"
#if CNCLIP_WITH_OPENVINO
#include "engine/openvino/onnx_importer.h"
#include "engine/openvino/openvino.h"
#include "engine/openvino/peak.h"
#endif

namespace cnclip {
namespace {

std::unique_ptr<Engine> open_torch_engine() {
  const auto make = reinterpret_cast<Engine* (*)()>(torch_plugin_function("cnclip_torch_engine"));
  return std::unique_ptr<Engine>(make());
}

}  // namespace

std::unique_ptr<Engine> make_engine(std::string_view name) {
#if CNCLIP_WITH_OPENVINO
  if (name.empty() || name == "openvino") return make_openvino_engine();
#endif
  if (name.empty() || name == "reference") return make_reference_engine();
  if (name == "torch") return open_torch_engine();
  if (name == "openvino") {
    throw_unavailable(
        "engine openvino: not in this build; configure with -DCNCLIP_OPENVINO=ON (scripts/setup.sh fetches it)");
  }
  throw_usage("engine {}: it is openvino, torch or reference", name);
}

std::unique_ptr<OnnxImporter> make_onnx_importer([[maybe_unused]] int threads) {
#if CNCLIP_WITH_OPENVINO
  return make_openvino_importer(threads);
#else
  return nullptr;
#endif
}

std::map<std::string, double> measured_peaks([[maybe_unused]] int threads) {
#if CNCLIP_WITH_OPENVINO
  return openvino_peaks(threads);
#else
  return {};
#endif
}

Precision best_precision(const Engine& engine) {
#if defined(__x86_64__)
  // AMX multiplies bf16 many times faster than f32, Zen twice as fast. Intel's cores without AMX have the instructions
  // but not the speed: there f32 is both faster and more exact.
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool amx = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 22 & 1) != 0;
  const bool zen = __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512bf16");
  if (engine.name() == "openvino" && (amx || zen)) return Precision::bf16;
#endif
  return Precision::f32;
}

}  // namespace cnclip
