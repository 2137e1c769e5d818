#include "engine/torch/cuda/cuda.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "base/test_errors.h"
#include "engine/reference/reference.h"
#include "engine/test_features.h"
#include "engine/torch/cuda/graphs.h"

namespace cnclip {
namespace {

TEST(Cuda, RefusesADeviceThatIsNotThere) {
  EXPECT_EQ(category_of([] { make_cuda_engine(c10::cuda::device_count()); }), ErrorCategory::unavailable);
}

// All of these need a device.
class CudaDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (c10::cuda::device_count() == 0) GTEST_SKIP() << "no CUDA device";
    engine_ = make_cuda_engine(0);
  }
  std::unique_ptr<Program> compiled(const NodeCase& c, Precision precision = Precision::f32) {
    CompileOptions options;
    options.precision = precision;
    return engine_->compile(c.graph, c.weights, options);
  }
  std::unique_ptr<Engine> engine_;
};

// `count` rows, those of the case again and again.
CaseBatch cycled(const NodeCase& c, std::int64_t count) {
  const CaseBatch& rows = c.batches.back();
  CaseBatch made;
  made.count = count;
  for (std::int64_t left = count; left > 0; left -= rows.count) {
    const auto some = static_cast<std::size_t>(std::min(left, rows.count));
    const auto pixels = static_cast<std::ptrdiff_t>(some * rows.pixels.size() / static_cast<std::size_t>(rows.count));
    made.pixels.insert(made.pixels.end(), rows.pixels.begin(), rows.pixels.begin() + pixels);
    std::ptrdiff_t ids = 0;
    for (std::size_t i = 0; i < std::min(some, rows.lengths.size()); ++i) {
      made.lengths.push_back(rows.lengths[i]);
      ids += rows.lengths[i];
    }
    made.ids.insert(made.ids.end(), rows.ids.begin(), rows.ids.begin() + ids);
  }
  return made;
}

double least_cosine(const std::vector<float>& a, const std::vector<float>& b, std::int64_t rows) {
  const std::size_t width = a.size() / static_cast<std::size_t>(rows);
  double least = 1;
  for (std::size_t begin = 0; begin < a.size(); begin += width) {
    double both = 0, one = 0, other = 0;
    for (std::size_t i = begin; i < begin + width; ++i) {
      both += double{a[i]} * b[i], one += double{a[i]} * a[i], other += double{b[i]} * b[i];
    }
    least = std::min(least, both / std::sqrt(one * other));
  }
  return least;
}

TEST_F(CudaDevice, AgreesWithTheReferenceOnEveryNodeKind) {
  const auto oracle = make_reference_engine();
  for (const NodeCase& c : node_cases()) {
    SCOPED_TRACE(c.name);
    if (c.name.ends_with("optimized")) continue;  // this engine runs the passes itself
    for (const CaseBatch& batch : c.batches) {
      const auto wanted = features_of(*oracle, c, batch.view());
      const auto exact = features_of(*compiled(c), batch.view());
      for (const Precision precision : {Precision::bf16, Precision::f16}) {
        const auto rough = features_of(*compiled(c, precision), batch.view());
        EXPECT_LT(largest_difference(rough, wanted), 0.1 * scale_of(wanted)) << name_of(precision);
      }
      EXPECT_LT(largest_difference(exact, wanted), 1e-4 * scale_of(wanted));
    }
  }
}

TEST_F(CudaDevice, BatchesOfAllSizesAgreeMetOnceCapturedAndReplayed) {
  const auto oracle = make_reference_engine();
  for (const NodeCase& c : tower_cases()) {
    for (const Precision precision : {Precision::f32, Precision::bf16, Precision::f16}) {
      const auto program = compiled(c, precision);
      for (const std::int64_t count : {1, 7, 32, 300}) {  // the last: several runs, in both slots
        SCOPED_TRACE(testing::Message() << c.name << ", " << name_of(precision) << ", batch " << count);
        const CaseBatch batch = cycled(c, count);
        const auto wanted = features_of(*oracle, c, batch.view());
        const auto eager = features_of(*program, batch.view());
        EXPECT_GT(least_cosine(eager, wanted, count), precision == Precision::f32 ? 0.99999 : 0.99);
        for (int time = 0; time < 3; ++time) {
          EXPECT_LT(largest_difference(features_of(*program, batch.view()), eager), 1e-5 * scale_of(eager));
        }
      }
      EXPECT_TRUE(features_of(*program, {}).empty());
    }
  }
}

TEST_F(CudaDevice, AReplayReadsWhatIsThereNow) {
  const c10::InferenceMode inference;
  const c10::cuda::CUDAStreamGuard guard(c10::cuda::getStreamFromPool(false, 0));
  const auto device = at::TensorOptions(at::Device(at::kCUDA, 0)).dtype(at::kFloat);
  at::Tensor input = at::zeros({4, 8}, device), output = at::zeros({4, 8}, device);
  int calls = 0;
  CapturedGraphs graphs(2, at::cuda::graph_pool_handle());
  const auto run = [&](std::int64_t rows, double value) {
    input.fill_(value);
    graphs.run({rows, 1}, [&] {
      ++calls;
      output.narrow(0, 0, rows).copy_(input.narrow(0, 0, rows) * 2 + 1);
    });
    return output.narrow(0, 0, rows).sum().item<double>() / static_cast<double>(8 * rows);
  };
  for (const double value : {1, 2, 3, 4}) EXPECT_EQ(run(4, value), 2 * value + 1);
  EXPECT_EQ(calls, 2);  // once to meet the shape, once to capture it
  for (const std::int64_t rows : {1, 2}) EXPECT_EQ(run(rows, 5), 11);
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(run(4, 6), 13);
  EXPECT_EQ(calls, 5);  // it was let go
}

TEST_F(CudaDevice, ProgramsRunSideBySide) {
  const std::vector<NodeCase> cases = tower_cases();
  std::vector<std::unique_ptr<Program>> programs;
  std::vector<CaseBatch> batches;
  std::vector<std::vector<float>> wanted;
  for (const NodeCase& c : cases) {
    programs.push_back(compiled(c));
    batches.push_back(cycled(c, 9));
    wanted.push_back(features_of(*compiled(c), batches.back().view()));
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int time = 0; time < 20; ++time) {
        const auto found = features_of(*programs[i], batches[i].view());
        EXPECT_LT(largest_difference(found, wanted[i]), 1e-5 * scale_of(wanted[i]));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CudaDevice, RefusesTextsThatAreNone) {
  CaseMaker m("texts");
  const Value output = m.g.take_token(m.words(4), 1);
  const auto program = compiled(std::move(m).finish(output));
  std::vector<float> features(4);
  const std::vector<std::int32_t> ids{1, 2}, two{2}, one{1}, first{1}, foreign{1, 30};
  EXPECT_NO_THROW(program->run({1, {}, ids, two}, features));
  EXPECT_EQ(category_of([&] { program->run({1, {}, first, one}, features); }), ErrorCategory::bad_input);
  EXPECT_EQ(category_of([&] { program->run({1, {}, foreign, two}, features); }), ErrorCategory::bad_input);
}

}  // namespace
}  // namespace cnclip
