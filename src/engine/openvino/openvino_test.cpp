// The fast engine against the oracle.
#include "engine/openvino/openvino.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <openvino/runtime/core.hpp>

#include "base/file.h"
#include "base/test_errors.h"
#include "cnclip/error.h"
#include "engine/openvino/lower.h"
#include "engine/reference/reference.h"
#include "engine/test_features.h"
#include "graph/shapes.h"
#include "model/parameters.h"
#include "model/towers.h"

namespace cnclip {
namespace {

TEST(OpenVino, AgreesWithTheReferenceOnEveryNodeKind) {
  const auto engine = make_openvino_engine(), oracle = make_reference_engine();
  for (const NodeCase& c : node_cases()) {
    SCOPED_TRACE(c.name);
    if (c.name.ends_with("optimized")) continue;  // this engine runs the passes itself
    const auto program = engine->compile(c.graph, c.weights, {});
    const auto wanted_program = oracle->compile(c.graph, c.weights, {});
    for (const CaseBatch& batch : c.batches) {
      const auto got = features_of(*program, batch.view()), wanted = features_of(*wanted_program, batch.view());
      EXPECT_LE(largest_difference(got, wanted), 1e-5 * scale_of(wanted));
    }
  }
}

Graph without_int8(Graph graph) {
  for (Node& node : graph.nodes) {
    if (auto* linear = std::get_if<Linear>(&node.op)) linear->input_step = 0;
    if (auto* conv = std::get_if<ConvBnAct>(&node.op)) conv->input_step = 0;
  }
  return graph;
}

// Values between two steps may fall to either side: one step of one input, not the arithmetic, may differ.
TEST(OpenVino, RoundsToInt8AsTheReferenceDoes) {
  const auto engine = make_openvino_engine(), oracle = make_reference_engine();
  for (const NodeCase& c : int8_cases()) {
    SCOPED_TRACE(c.name);
    const Batch batch = c.batches.back().view();
    const auto got = features_of(*engine, c, batch), wanted = features_of(*oracle, c, batch);
    const auto exact = features_of(*oracle->compile(without_int8(c.graph), c.weights, {}), batch);
    EXPECT_LE(largest_difference(got, wanted), 0.02 * scale_of(wanted));
    EXPECT_GT(largest_difference(exact, wanted), 3 * largest_difference(got, wanted));
  }
}

// Row `i` of the batch.
CaseBatch row_of(const CaseBatch& batch, std::size_t i) {
  CaseBatch one{1, {}, {}, {}};
  const auto cut = [](const auto& all, std::size_t begin, std::size_t count) {
    return std::vector(all.begin() + static_cast<std::ptrdiff_t>(begin),
                       all.begin() + static_cast<std::ptrdiff_t>(begin + count));
  };
  if (batch.lengths.empty()) {
    const std::size_t bytes = batch.pixels.size() / static_cast<std::size_t>(batch.count);
    one.pixels = cut(batch.pixels, i * bytes, bytes);
    return one;
  }
  std::size_t begin = 0;
  for (std::size_t k = 0; k < i; ++k) begin += static_cast<std::size_t>(batch.lengths[k]);
  one.lengths = {batch.lengths[i]};
  one.ids = cut(batch.ids, begin, static_cast<std::size_t>(batch.lengths[i]));
  return one;
}

TEST(OpenVino, AnInt8RowHasTheSameBitsWhateverItsNeighbours) {
  const auto engine = make_openvino_engine();
  for (const NodeCase& c : int8_cases()) {
    SCOPED_TRACE(c.name);
    const auto program = engine->compile(c.graph, c.weights, {});
    const CaseBatch& batch = c.batches.back();
    const auto together = features_of(*program, batch.view());
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i) {
      const auto alone = features_of(*program, row_of(batch, i).view());
      EXPECT_TRUE(std::equal(alone.begin(), alone.end(), &together[i * alone.size()])) << i;
    }
  }
}

TEST(OpenVino, StreamsChangeNoBitsOfInt8) {
  CompileOptions one, two;
  one.threads = two.threads = 2;
  two.streams = 2;
  for (const NodeCase& c : int8_cases()) {
    SCOPED_TRACE(c.name);
    const Batch batch = c.batches.back().view();
    const auto engine = make_openvino_engine();
    EXPECT_EQ(features_of(*engine->compile(c.graph, c.weights, one), batch),
              features_of(*engine->compile(c.graph, c.weights, two), batch));
  }
}

TEST(OpenVino, ObservesWhatTheReferenceDoes) {
  for (NodeCase& c : int8_cases()) {
    SCOPED_TRACE(c.name);
    c.graph = without_int8(std::move(c.graph));
    optimize(c.graph, c.weights);
    std::vector<Value> inputs;
    for (const Node& node : c.graph.nodes) {
      if (!int8_layer(c.graph, node).empty()) inputs.push_back(node.inputs[0]);
    }
    std::vector<std::vector<float>> seen[2];
    std::vector<std::size_t> order[2];
    int side = 0;
    for (const auto& engine : {make_openvino_engine(), make_reference_engine()}) {
      engine->observe(c.graph, c.weights, inputs, 1)
          ->run(c.batches.back().view(), [&](std::size_t which, std::span<const float> values) {
            order[side].push_back(which);
            seen[side].emplace_back(values.begin(), values.end());
          });
      ++side;
    }
    EXPECT_EQ(order[0], order[1]);
    ASSERT_EQ(seen[0].size(), inputs.size() * static_cast<std::size_t>(c.batches.back().count));
    for (std::size_t i = 0; i < seen[0].size(); ++i) {
      ASSERT_EQ(seen[0][i].size(), seen[1][i].size());
      EXPECT_LE(largest_difference(seen[0][i], seen[1][i]), 1e-4 * scale_of(seen[1][i]));
    }
  }
}

TEST(OpenVino, MultipliesInInt8) {
  ov::Core core;
  for (const NodeCase& c : int8_cases()) {
    SCOPED_TRACE(c.name);
    Graph graph = c.graph;
    TensorMap weights = c.weights;
    optimize(graph, weights);
    const auto model = core.compile_model(lower(graph, weights, verify(graph, weights), Precision::f32), "CPU");
    int products = 0, in_int8 = 0;
    for (const auto& node : model.get_runtime_model()->get_ops()) {
      const auto kind = node->get_rt_info().at("layerType").as<std::string>();
      if (!kind.starts_with("FullyConnected") && kind != "Convolution") continue;
      ++products;
      in_int8 += node->get_rt_info().at("primitiveType").as<std::string>().ends_with("_i8") ? 1 : 0;
    }
    // Not in int8: the first convolution, the projection and the attention pool.
    EXPECT_EQ(products - in_int8, c.name.starts_with("resnet") ? 5 : c.name.starts_with("vit") ? 2 : 1);
    EXPECT_GT(in_int8, 5);
  }
}

const ModelConfig& tiny() {
  return *find_architecture("tiny");
}

CaseBatch texts_of(const std::vector<std::vector<std::int32_t>>& rows) {
  CaseBatch batch;
  batch.count = static_cast<std::int64_t>(rows.size());
  for (const auto& row : rows) {
    batch.lengths.push_back(static_cast<std::int32_t>(row.size()));
    batch.ids.insert(batch.ids.end(), row.begin(), row.end());
  }
  return batch;
}

std::vector<std::int32_t> random_text(Random& random, std::size_t length) {
  std::vector<std::int32_t> ids(length);
  for (auto& id : ids) id = 1 + static_cast<std::int32_t>(random.uniform() * 20000);
  return ids;
}

class OpenVinoPrecision : public testing::TestWithParam<Precision> {
 protected:
  CompileOptions options() const {
    CompileOptions options;
    options.precision = GetParam();
    options.threads = 2;
    return options;
  }
  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights) {
    return compile(graph, weights, options());
  }
  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights, const CompileOptions& options) {
    try {
      return engine_->compile(graph, weights, options);
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::unavailable) throw;
      return {};
    }
  }
  std::unique_ptr<Engine> engine_ = make_openvino_engine();
};

TEST_P(OpenVinoPrecision, ATextHasTheSameBitsWhateverItsNeighbours) {
  const auto program = compile(text_tower(tiny()), initial_weights(tiny(), 1));
  if (!program) GTEST_SKIP() << "this CPU lacks the precision";
  Random random(2);
  for (const std::size_t length : {1u, 3u, 11u, 26u}) {
    const auto row = random_text(random, length);
    const auto alone = features_of(*program, texts_of({row}).view());
    for (const int neighbours : {1, 4, 9, 40}) {
      std::vector<std::vector<std::int32_t>> rows;
      for (int i = 0; i < neighbours; ++i)
        rows.push_back(random_text(random, 1 + static_cast<std::size_t>(random.uniform() * 50)));
      rows.insert(rows.begin() + neighbours / 2, row);
      const auto all = features_of(*program, texts_of(rows).view());
      const auto* mine = &all[static_cast<std::size_t>(neighbours / 2) * alone.size()];
      EXPECT_TRUE(std::equal(alone.begin(), alone.end(), mine)) << length << " tokens, " << neighbours << " neighbours";
    }
  }
}

TEST_P(OpenVinoPrecision, AnImageHasTheSameBitsWhateverItsNeighbours) {
  const auto program = compile(image_tower(tiny()), initial_weights(tiny(), 1));
  if (!program) GTEST_SKIP() << "this CPU lacks the precision";
  Random random(3);
  CaseBatch all;
  all.count = 21;
  all.pixels.resize(static_cast<std::size_t>(21 * 3 * tiny().image_size * tiny().image_size));
  for (auto& value : all.pixels) value = static_cast<std::uint8_t>(random.next());
  const auto together = features_of(*program, all.view());
  const std::size_t row = all.pixels.size() / 21, width = together.size() / 21;
  for (std::size_t i = 0; i < 21; ++i) {
    CaseBatch one{1,
                  {all.pixels.begin() + static_cast<std::ptrdiff_t>(i * row),
                   all.pixels.begin() + static_cast<std::ptrdiff_t>((i + 1) * row)},
                  {},
                  {}};
    const auto alone = features_of(*program, one.view());
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), &together[i * width])) << "image " << i;
  }
}

TEST_P(OpenVinoPrecision, StreamsChangeNoBits) {
  // Several runs for every stream, and rows left over.
  Random random(6);
  CaseBatch images;
  images.count = 101;
  images.pixels.resize(static_cast<std::size_t>(101 * 3 * tiny().image_size * tiny().image_size));
  for (auto& value : images.pixels) value = static_cast<std::uint8_t>(random.next());
  std::vector<std::vector<std::int32_t>> rows(150);
  for (auto& row : rows) row = random_text(random, 1 + static_cast<std::size_t>(random.uniform() * 50));
  const std::pair<Graph, CaseBatch> cases[] = {{image_tower(tiny()), images}, {text_tower(tiny()), texts_of(rows)}};
  for (const auto& [graph, batch] : cases) {
    SCOPED_TRACE(graph.name);
    CompileOptions two = options();
    two.streams = 2;
    const auto one_stream = compile(graph, initial_weights(tiny(), 1), options());
    const auto two_streams = compile(graph, initial_weights(tiny(), 1), two);
    if (!one_stream) GTEST_SKIP() << "this CPU lacks the precision";
    const auto wanted = features_of(*one_stream, batch.view());
    // Requests are used again within a call, and by the second call.
    EXPECT_EQ(features_of(*two_streams, batch.view()), wanted);
    EXPECT_EQ(features_of(*two_streams, batch.view()), wanted);
  }
}

TEST_P(OpenVinoPrecision, PointsWhereTheReferencePoints) {
  const auto program = compile(text_tower(tiny()), initial_weights(tiny(), 1));
  if (!program) GTEST_SKIP() << "this CPU lacks the precision";
  const auto oracle = make_reference_engine()->compile(text_tower(tiny()), initial_weights(tiny(), 1), {});
  Random random(4);
  const CaseBatch batch = texts_of({random_text(random, 5), random_text(random, 17)});
  const auto got = features_of(*program, batch.view()), wanted = features_of(*oracle, batch.view());
  double dot = 0, a = 0, b = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    dot += double{got[i]} * wanted[i], a += double{got[i]} * got[i], b += double{wanted[i]} * wanted[i];
  EXPECT_GE(dot / std::sqrt(a * b), GetParam() == Precision::f32 ? 0.999999 : 0.999);
}

INSTANTIATE_TEST_SUITE_P(All, OpenVinoPrecision, testing::Values(Precision::f32, Precision::bf16),
                         [](const auto& tested) { return tested.param == Precision::f32 ? "f32" : "bf16"; });

TEST(OpenVino, RefusesStreamsWithoutThreads) {
  const auto engine = make_openvino_engine();
  for (const int streams : {-1, 0, 3}) {
    CompileOptions options;
    options.threads = 2;
    options.streams = streams;
    const auto compile = [&] { engine->compile(image_tower(tiny()), initial_weights(tiny(), 1), options); };
    EXPECT_EQ(category_of(compile), ErrorCategory::usage) << streams;
  }
}

TEST(OpenVino, RefusesTextsThatTheTowerCannotRead) {
  const auto program = make_openvino_engine()->compile(text_tower(tiny()), initial_weights(tiny(), 1), {});
  EXPECT_THROW(features_of(*program, texts_of({{}}).view()), Error);
  EXPECT_THROW(features_of(*program, texts_of({std::vector<std::int32_t>(513, 1)}).view()), Error);
  EXPECT_THROW(features_of(*program, texts_of({{101, -1}}).view()), Error);
  EXPECT_THROW(features_of(*program, texts_of({{101, tiny().text.vocab_size}}).view()), Error);
}

// Resident memory in MiB.
double resident() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * 4096 / (1 << 20);
}

TEST(OpenVino, MemoryStaysFlatOverBatchesOfAnySize) {
  const auto program = make_openvino_engine()->compile(text_tower(tiny()), initial_weights(tiny(), 1), {});
  Random random(5);
  const auto run = [&](int batches) {
    for (int i = 0; i < batches; ++i) {
      std::vector<std::vector<std::int32_t>> rows(1 + static_cast<std::size_t>(random.uniform() * 12));
      for (auto& row : rows) row = random_text(random, 1 + static_cast<std::size_t>(random.uniform() * 40));
      features_of(*program, texts_of(rows).view());
    }
  };
  run(300);  // meets every shape
  const double before = resident();
  run(700);
  EXPECT_LE(resident(), 1.05 * before);
}

class OpenVinoCache : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Weights that can be counted: how many were loaded.
  TensorMap counted(int seed) {
    TensorMap counting;
    for (const auto& [name, tensor] : initial_weights(tiny(), static_cast<std::uint64_t>(seed))) {
      counting.set(name,
                   LazyTensor(tensor.dtype, tensor.shape, [this, load = tensor.load] { return ++loaded_, load(); }));
    }
    return counting;
  }
  std::vector<float> features(const std::string& fingerprint, int seed) {
    loaded_ = 0;
    CompileOptions options;
    options.cache = folder_;
    options.fingerprint = fingerprint;
    const auto program = make_openvino_engine()->compile(text_tower(tiny()), counted(seed), options);
    return features_of(*program, texts_of({{101, 2769, 102}}).view());
  }
  std::filesystem::path only_file() const {
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      EXPECT_TRUE(found.empty());
      found = entry.path();
    }
    return found;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("cnclip_openvino_test_" + std::to_string(::getpid()));
  int loaded_ = 0;
};

TEST_F(OpenVinoCache, TheSecondStartLoadsNoWeights) {
  const auto first = features("a", 1);
  EXPECT_GT(loaded_, 0);
  EXPECT_EQ(features("a", 1), first);
  EXPECT_EQ(loaded_, 0);
  EXPECT_NE(features("b", 2), first);
  EXPECT_GT(loaded_, 0);
}

TEST_F(OpenVinoCache, DamagedFilesAreMadeAnew) {
  const auto first = features("a", 1);
  const auto size = std::filesystem::file_size(only_file());
  for (const std::uintmax_t shorter : {std::uintmax_t{0}, std::uintmax_t{10}, size / 2, size - 1}) {
    std::filesystem::resize_file(only_file(), shorter);
    EXPECT_EQ(features("a", 1), first);
    EXPECT_GT(loaded_, 0) << shorter;
    EXPECT_EQ(std::filesystem::file_size(only_file()), size);
  }
  {
    std::fstream file(only_file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file.write("damage", 6);
  }
  EXPECT_EQ(features("a", 1), first);
  EXPECT_GT(loaded_, 0);
}

TEST_F(OpenVinoCache, AFolderThatCannotBeWrittenIsNoError) {
  write_file(folder_, "a file where the folder should be");
  const auto first = features("a", 1);
  EXPECT_GT(loaded_, 0);
  EXPECT_EQ(features("a", 1), first);
}

}  // namespace
}  // namespace cnclip
