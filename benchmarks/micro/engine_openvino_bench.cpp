// Towers of ViT-B/16 with random weights: rows a second by batch size, precision and, for texts, length.
#include <benchmark/benchmark.h>

#include "base/random.h"
#include "cnclip/error.h"
#include "engine/openvino/openvino.h"
#include "model/parameters.h"
#include "model/towers.h"

namespace cnclip {
namespace {

std::unique_ptr<Program> compile(benchmark::State& state, bool image, Precision precision) {
  static const ModelConfig& config = *find_architecture("ViT-B-16");
  static const TensorMap weights = initial_weights(config, 1);
  CompileOptions options;
  options.precision = precision;
  try {
    return make_openvino_engine()->compile(image ? image_tower(config) : text_tower(config), weights, options);
  } catch (const Error& error) {
    state.SkipWithError(error.what());
    return {};
  }
}

void measure(benchmark::State& state, Program& program, const Batch& batch) {
  std::vector<float> features(static_cast<std::size_t>(batch.count * program.feature_size()));
  program.run(batch, features);
  for (auto _ : state) program.run(batch, features);
  state.SetItemsProcessed(state.iterations() * batch.count);
}

void images(benchmark::State& state, Precision precision) {
  const auto program = compile(state, true, precision);
  if (!program) return;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(state.range(0)) * 3 * 224 * 224);
  Random random(1);
  for (auto& value : pixels) value = static_cast<std::uint8_t>(random.next());
  measure(state, *program, {state.range(0), pixels, {}, {}});
}

void texts(benchmark::State& state, Precision precision) {
  const auto program = compile(state, false, precision);
  if (!program) return;
  const std::vector<std::int32_t> ids(static_cast<std::size_t>(state.range(0) * state.range(1)), 2769);
  const std::vector<std::int32_t> lengths(static_cast<std::size_t>(state.range(0)),
                                          static_cast<std::int32_t>(state.range(1)));
  measure(state, *program, {state.range(0), {}, ids, lengths});
}

#define CNCLIP_BENCH(name, precision) \
  BENCHMARK_CAPTURE(name, precision, Precision::precision)->UseRealTime()->Unit(benchmark::kMillisecond)
CNCLIP_BENCH(images, f32)->Arg(1)->Arg(8)->Arg(32);
CNCLIP_BENCH(images, bf16)->Arg(1)->Arg(8)->Arg(32);
CNCLIP_BENCH(texts, f32)->Args({1, 12})->Args({32, 12})->Args({32, 20})->Args({32, 52});
CNCLIP_BENCH(texts, bf16)->Args({1, 12})->Args({32, 12})->Args({32, 20})->Args({32, 52});
#undef CNCLIP_BENCH

}  // namespace
}  // namespace cnclip
