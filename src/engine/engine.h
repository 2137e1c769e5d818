// What every engine offers: compile a graph once, run it often.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "graph/graph.h"

namespace cnclip {

enum class Precision { f32, bf16, f16 };
const char* name_of(Precision precision);                         // "f32", "bf16", "f16"
std::optional<Precision> precision_named(std::string_view name);  // of those names; none for any other

// One batch for the graph's input. Texts are packed one after another, without padding: engines pad or bucket as
// suits them, and no feature depends on its neighbours' lengths.
struct Batch {
  std::int64_t count = 0;
  std::span<const std::uint8_t> pixels;   // (count, 3, S, S), for an image tower
  std::span<const std::int32_t> ids;      // sum of lengths, for a text tower
  std::span<const std::int32_t> lengths;  // (count), each at least 1
};

struct CompileOptions {
  Precision precision = Precision::f32;
  int threads = 0;  // 0: as many as there are cores
  // Parts of a batch that run side by side, each on threads / streams threads. 1: one after another, each on all of
  // them, which answers soonest.
  int streams = 1;
  // Compiled programs are kept here, keyed by fingerprint, graph and options; empty: not kept.
  std::filesystem::path cache;
  // Tells this set of weights from every other; needed for the cache.
  std::string fingerprint;
};

// Runs on one thread at a time; different programs may run side by side.
class Program {
 public:
  virtual ~Program() = default;
  // `features` is (count, feature_size()), row-major. Rows are not normalised.
  virtual void run(const Batch& batch, std::span<float> features) = 0;
  virtual std::int64_t feature_size() const = 0;
  // Sizes worth using: a batch of another size is padded up to the next of them. Empty: any size is as good.
  virtual std::vector<std::int64_t> preferred_batches() const { return {}; }
};

// (count, feature_size()), row-major.
std::vector<float> features_of(Program& program, const Batch& batch);

// Looks at values inside a tower: what calibration learns from.
class Observer {
 public:
  virtual ~Observer() = default;
  // Called for each row of the batch and each value: its place among those asked for, and its numbers without a batch
  // axis and without padding.
  using Sink = std::function<void(std::size_t which, std::span<const float> values)>;
  virtual void run(const Batch& batch, const Sink& sink) = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;
  // The fastest one here whose features are as good as those of f32.
  virtual Precision best_precision() const { return Precision::f32; }
  // A sensible number of pictures for one call of a program with one stream.
  virtual std::int64_t image_batch() const { return 16; }
  // Throws usage for streams that the engine cannot run. An engine that does not say otherwise runs one batch at a
  // time.
  virtual void check_streams(int streams, int threads) const;
  // `graph` as the model builders make it: an engine runs the passes that serve it. Weights are read here, and not
  // after. Throws unavailable for a precision, or for int8 in the graph, that the engine or this machine lacks, usage
  // for streams that it cannot run.
  virtual std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights,
                                           const CompileOptions& options) = 0;
  // Of a graph that optimize() has been through, in f32. Throws unavailable where an engine cannot look.
  virtual std::unique_ptr<Observer> observe(const Graph& graph, const TensorMap& weights,
                                            const std::vector<Value>& values, int threads);
};

}  // namespace cnclip
