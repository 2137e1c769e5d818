#include "encode/engines.h"

#include <algorithm>
#include <charconv>

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

// The N of "cuda:N"; 0 for "cuda".
int cuda_index(std::string_view device) {
  int index = 0;
  const std::string_view number = device.substr(std::min(device.size(), std::string_view("cuda:").size()));
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  const bool numbered = device.starts_with("cuda:") && error == std::errc() && end == number.data() + number.size();
  if (device != "cuda" && (!numbered || index < 0)) throw_usage("device {}: it is cpu, cuda or cuda:N", device);
  return index;
}

std::unique_ptr<Engine> open_cuda_engine([[maybe_unused]] int index, [[maybe_unused]] std::string_view device) {
#if CNCLIP_WITH_CUDA
  const auto make = reinterpret_cast<Engine* (*)(int)>(torch_plugin_function("cnclip_cuda_engine"));
  return std::unique_ptr<Engine>(make(index));
#else
  throw_unavailable("device {}: CUDA is not in this build; configure with -DCNCLIP_CUDA=ON", device);
#endif
}

}  // namespace

std::unique_ptr<Engine> make_engine(std::string_view name, std::string_view device) {
  if (device != "cpu") {
    const int index = cuda_index(device);
    if (!name.empty() && name != "torch") {
      throw_usage("device {}: engine {} runs on the CPU alone; engine torch takes CUDA devices", device, name);
    }
    return open_cuda_engine(index, device);
  }
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

}  // namespace cnclip
