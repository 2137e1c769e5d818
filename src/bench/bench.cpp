#include "bench/bench.h"

#include <algorithm>
#include <chrono>

#include "base/random.h"
#include "cnclip/image.h"
#include "cnclip/tokenizer.h"
#include "image/encode_jpeg.h"
#include "model/parameters.h"
#include "model/towers.h"
#include "synth/captions.h"
#include "synth/draw.h"

namespace cnclip {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(Program& program, const Batch& batch) {
  std::vector<float> features(static_cast<std::size_t>(batch.count * program.feature_size()));
  return median_seconds([&] { program.run(batch, features); });
}

}  // namespace

double median_seconds(const std::function<void()>& call) {
  constexpr std::size_t kLeast = 3;
  constexpr double kLong = 0.5;
  call();
  std::vector<double> seconds;
  for (double total = 0; seconds.size() < kLeast || total < kLong; total += seconds.back()) {
    const auto start = Clock::now();
    call();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

void measure_towers(const ModelConfig& config, const TensorMap& weights, Engine& engine, Precision precision,
                    const BenchPlan& plan, const SpeedReport& report) {
  CompileOptions options;
  options.precision = precision;
  options.threads = plan.threads;
  options.streams = plan.streams;
  const std::string name = name_of(precision);
  const auto tell = [&](const char* what, std::int64_t batch, std::int64_t tokens, double seconds, std::int64_t macs) {
    const double rate = static_cast<double>(batch * plan.streams) / seconds;
    report({what, name, batch, tokens, rate, 2 * rate * static_cast<double>(macs)});
  };
  Random random(1);
  {
    const auto program = engine.compile(image_tower(config), weights, options);
    for (const std::int64_t batch : plan.image_batches) {
      const std::int64_t count = batch * plan.streams;
      std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count * 3 * config.image_size * config.image_size));
      for (auto& value : pixels) value = static_cast<std::uint8_t>(random.next());
      tell("images", batch, 0, seconds_of(*program, {count, pixels, {}, {}}), needed_image_macs(config));
    }
  }
  const auto program = engine.compile(text_tower(config), weights, options);
  for (const std::int64_t length : plan.text_lengths) {
    for (const std::int64_t batch : plan.text_batches) {
      const std::int64_t count = batch * plan.streams;
      std::vector<std::int32_t> ids(static_cast<std::size_t>(count * length));
      for (auto& id : ids)
        id = static_cast<std::int32_t>(random.next() % static_cast<unsigned>(config.text.vocab_size));
      const std::vector<std::int32_t> lengths(static_cast<std::size_t>(count), static_cast<std::int32_t>(length));
      tell("texts", batch, length, seconds_of(*program, {count, {}, ids, lengths}), needed_text_macs(config, length));
    }
  }
}

void measure_inputs(const ModelConfig& config, const SpeedReport& report) {
  constexpr int kSide = 500, kQuality = 90;
  constexpr std::size_t kTexts = 1000;
  Random random(1);
  const synth::Scene scene = synth::random_scene(random, synth::Novelty::known);
  const std::string jpeg =
      encode_jpeg(synth::draw(scene, synth::place_objects(scene, random), kSide, random), kQuality);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(3 * config.image_size * config.image_size));
  for (const bool fast : {false, true}) {
    DecodeOptions decode;
    decode.fast = fast;
    const double seconds = median_seconds(
        [&] { decode_preprocess_u8(std::as_bytes(std::span(jpeg)), "drawn", config.image_size, pixels, decode); });
    report({fast ? "decode, fast" : "decode", "", 0, 0, 1 / seconds, 0});
  }
  std::vector<std::string> texts(kTexts);
  for (std::string& text : texts) text = synth::random_caption(scene, random, synth::Language::zh).text;
  const double seconds = median_seconds([&] {
    for (const std::string& text : texts) Tokenizer::chinese().encode(text);
  });
  report({"tokenize", "", 0, 0, static_cast<double>(kTexts) / seconds, 0});
}

}  // namespace cnclip
