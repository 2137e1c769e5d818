#include "engine/openvino/openvino.h"

#include <malloc.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "base/threads.h"
#include "engine/openvino/cache.h"
#include "engine/openvino/lower.h"
#include "engine/openvino/observe.h"
#include "engine/openvino/program.h"
#include "graph/passes.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

constexpr const char* kDevice = "CPU";
// Raise it when lower() makes something else of the same graph: old cache files are then passed over.
constexpr int kLowering = 2;

class OpenVinoEngine final : public Engine {
 public:
  std::string_view name() const override { return "openvino"; }

  Precision best_precision() const override {
#if defined(__x86_64__)
    // AMX multiplies bf16 many times faster than f32, Zen twice as fast. Intel's cores without AMX have the
    // instructions but not the speed: there f32 is both faster and more exact.
    unsigned a = 0, b = 0, c = 0, d = 0;
    const bool amx = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 22 & 1) != 0;
    const bool zen = __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512bf16");
    if (amx || zen) return Precision::bf16;
#endif
    return Precision::f32;
  }

  void check_streams(int streams, int threads) const override {
    if (const int most = thread_count(threads); streams < 1 || streams > most)
      throw_usage("{} streams: each needs a thread, and there are {}", streams, most);
  }

  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights,
                                   const CompileOptions& options) override {
    try {
      return compile_tower(graph, weights, options);
    } catch (const ov::Exception& error) {
      throw_internal("openvino: {}: {}", graph.name, error.what());
    }
  }

  std::unique_ptr<Observer> observe(const Graph& graph, const TensorMap& weights, const std::vector<Value>& values,
                                    int threads) override {
    CompileOptions options;
    options.threads = threads;
    try {
      return observe_with_openvino(core_, properties_of(options), graph, weights, values);
    } catch (const ov::Exception& error) {
      throw_internal("openvino: {}: {}", graph.name, error.what());
    }
  }

 private:
  std::unique_ptr<Program> compile_tower(Graph graph, TensorMap weights, const CompileOptions& options) {
    check(options.precision);
    check_streams(options.streams, options.threads);
    optimize(graph, weights);
    const std::vector<Shape> shapes = verify(graph, weights);
    const TowerShape tower = tower_shape(graph, shapes, weights);
    const ov::AnyMap properties = properties_of(options);

    std::filesystem::path file;
    if (!options.cache.empty() && !options.fingerprint.empty()) {
      file = options.cache / (key_of(graph, shapes, options) + ".openvino");
      std::size_t size = 0;
      if (const auto mapped = open_cached(file, size)) {
        const ov::Tensor blob(ov::element::u8, {size}, const_cast<std::byte*>(mapped->bytes().data()));
        try {
          return std::make_unique<OpenVinoProgram>(core_.import_model(blob, kDevice, properties), tower,
                                                   options.streams, mapped);
        } catch (const ov::Exception&) {
          // Whole, but not to the liking of this OpenVINO: made anew below.
        }
      }
    }
    ov::CompiledModel model =
        core_.compile_model(lower(graph, weights, shapes, options.precision), kDevice, properties);
    if (!file.empty()) store_cached(file, model);
    ::malloc_trim(0);  // the weights as they were before packing
    return std::make_unique<OpenVinoProgram>(std::move(model), tower, options.streams);
  }

  void check(Precision precision) {
    if (precision == Precision::f16) {
      throw_unavailable("openvino: f16: not on a CPU; bf16 or f32 are, and f16 is with --device cuda");
    }
    if (precision != Precision::bf16) return;
    const auto able = core_.get_property(kDevice, ov::device::capabilities);
    if (std::ranges::find(able, ov::device::capability::BF16) == able.end()) {
      throw_unavailable("openvino: bf16: this CPU ({}) does not have it; f32 works everywhere",
                        core_.get_property(kDevice, ov::device::full_name));
    }
  }

  static ov::AnyMap properties_of(const CompileOptions& options) {
    const bool half = options.precision == Precision::bf16;
    return {ov::hint::inference_precision(half ? ov::element::bf16 : ov::element::f32),
            ov::hint::execution_mode(half ? ov::hint::ExecutionMode::PERFORMANCE : ov::hint::ExecutionMode::ACCURACY),
            ov::inference_num_threads(thread_count(options.threads)), ov::num_streams(options.streams),
            // Two programs pinned to the same cores would wait for each other.
            ov::hint::enable_cpu_pinning(false)};
  }

  // Everything that the compiled model depends on.
  std::string key_of(const Graph& graph, const std::vector<Shape>& shapes, const CompileOptions& options) {
    const std::string all = fmt::format(
        "{}\n{}\nlowering {}\nprecision {}\nthreads {}\nstreams {}\nOpenVINO {}\n{}\n", options.fingerprint,
        print(graph, shapes), kLowering, static_cast<int>(options.precision), thread_count(options.threads),
        options.streams, ov::get_openvino_version().buildNumber, core_.get_property(kDevice, ov::device::full_name));
    return sha256_hex(std::as_bytes(std::span(all)));
  }

  ov::Core core_;
};

}  // namespace

std::unique_ptr<Engine> make_openvino_engine() {
  return std::make_unique<OpenVinoEngine>();
}

}  // namespace cnclip
