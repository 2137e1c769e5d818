// The layout and its padding.
#include "engine/torch/device_inputs.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <numeric>

#include "engine/node_cases.h"
#include "engine/torch/fixed_tower.h"
#include "engine/torch/simulated/simulated_device.h"

namespace cnclip {
namespace {

// Rows of `run`, from features by way of bytes.
at::Tensor by_bytes(FixedTower& tower, const Batch& batch, const ShapedRun& run, at::ScalarType type) {
  at::Tensor bytes = at::zeros({input_bytes(tower.shape(), run.batch, run.length) + 3}, at::kByte);
  auto* to = bytes.mutable_data_ptr<std::uint8_t>();
  tower.shape().takes_images() ? write_images(tower.shape(), batch, run, to) : write_texts(ShapedTexts(batch), run, to);
  return tower.features(batch_of_bytes(tower.shape(), bytes, run.batch, run.length, type));
}

TEST(DeviceInputs, PaddedRowsHaveTheFeaturesOfPackedOnes) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const NodeCase& c : tower_cases()) {
      SCOPED_TRACE(c.name);
      FixedTower tower(c.graph, c.weights, type, at::kCPU);
      const CaseBatch& batch = c.batches.back();
      ShapedRun run{std::vector<std::size_t>(static_cast<std::size_t>(batch.count)), batch.count + 3, 1};
      std::iota(run.rows.begin(), run.rows.end(), std::size_t{0});
      if (!batch.lengths.empty()) run.length = CaseMaker::kPositions;
      const at::Tensor wanted = tower.features(batch.view());
      const at::Tensor found = by_bytes(tower, batch.view(), run, type);
      ASSERT_EQ(found.size(0), run.batch);
      EXPECT_TRUE(at::allclose(found.narrow(0, 0, batch.count), wanted, type == at::kFloat ? 1e-4 : 0.05,
                               type == at::kFloat ? 1e-5 : 0.05));
    }
  }
}

TEST(DeviceInputs, ARunTakesItsOwnRows) {
  for (const NodeCase& c : tower_cases()) {
    SCOPED_TRACE(c.name);
    FixedTower tower(c.graph, c.weights, at::kFloat, at::kCPU);
    const CaseBatch& batch = c.batches.back();
    const bool text = !batch.lengths.empty();
    const ShapedRun run{text ? std::vector<std::size_t>{3, 1} : std::vector<std::size_t>{2, 3}, 2, text ? 12 : 1};
    const at::Tensor all = tower.features(batch.view());
    const at::Tensor found = by_bytes(tower, batch.view(), run, at::kFloat);
    for (std::int64_t i = 0; i < 2; ++i) {
      const auto row = static_cast<std::int64_t>(run.rows[static_cast<std::size_t>(i)]);
      EXPECT_TRUE(at::allclose(found[i], all[row], 1e-4, 1e-5));
    }
  }
}

// A CUDA graph has room for neither.
TEST(DeviceInputs, FromBytesToFeaturesNothingIsCopiedNorWaitedFor) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const NodeCase& c : tower_cases()) {
      SCOPED_TRACE(c.name);
      FixedTower here(c.graph, c.weights, type, at::kCPU), there(c.graph, c.weights, type, simulated_device());
      const std::int64_t batch = 4, length = here.shape().takes_images() ? 1 : CaseMaker::kPositions;
      at::Tensor bytes = at::zeros({input_bytes(here.shape(), batch, length)}, at::kByte);
      if (!here.shape().takes_images()) bytes.view(at::kInt).narrow(0, 0, batch + batch * length).fill_(5);
      const at::Tensor input = bytes.to(simulated_device());
      const auto features = [&](FixedTower& tower, const at::Tensor& of) {
        return tower.features(batch_of_bytes(tower.shape(), of, batch, length, type));
      };
      features(there, input);  // the first time converts weights
      const DeviceWork before = device_work();
      const at::Tensor found = features(there, input);
      const DeviceWork work = device_work() - before;
      EXPECT_GT(work.kernels, 5);
      EXPECT_EQ(work.to_device, 0);
      EXPECT_EQ(work.from_device, 0);
      EXPECT_TRUE(at::allclose(found.cpu(), features(here, bytes), 1e-4, type == at::kFloat ? 1e-5 : 0.05));
    }
  }
}

}  // namespace
}  // namespace cnclip
