// Low-rank adapters from the recipe to the files of a run.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "checkpoint/load.h"
#include "engine/torch/tensors.h"
#include "engine/torch/weights.h"
#include "graph/lora_names.h"
#include "train/test_runs.h"

namespace cnclip {
namespace {

const std::string kAdapted = "visual.transformer.resblocks.1.mlp.c_fc.weight";

class Adapters : public SmallRuns {
 protected:
  TensorMap weights(const std::string& run, const std::string& file) {
    return load_checkpoint((run_folder(run, at::kCPU) / file).string()).weights;
  }
  void begin_with_full_training() { records("start", at::kCPU, {}); }
  std::vector<std::string> from_there(std::vector<std::string> overrides) const {
    overrides.emplace_back("model.scratch=false");
    overrides.push_back("model.init=" + (run_folder("start", at::kCPU) / "stage1" / "last.pt").string());
    return overrides;
  }
};

at::Tensor change_of(const TensorMap& after, const TensorMap& before, const std::string& name) {
  return to_torch(after.at(name).load()) - to_torch(before.at(name).load());
}

TEST_F(Adapters, ChangeTheirMatricesByTheirRankAndNothingElse) {
  begin_with_full_training();
  records("run", at::kCPU, from_there({"stage.0.lora_rank=3", "stage.0.freeze=[\"text\"]"}));
  const TensorMap before = weights("start", "stage1/last.pt"), after = weights("run", "stage1/last.pt");
  int changed = 0;
  for (const auto& [name, tensor] : before) {
    if (tensor.dtype == DType::i64) continue;
    const at::Tensor change = change_of(after, before, name);
    if (name == "logit_scale" || change.abs().max().item<float>() == 0) continue;
    ++changed;
    ASSERT_EQ(change.dim(), 2) << name;
    const at::Tensor values = std::get<1>(at::linalg_svd(change, false));
    EXPECT_LT(values[3].item<float>(), 1e-3 * values[0].item<float>()) << name;
    EXPECT_TRUE(name.starts_with("visual.")) << name;
  }
  EXPECT_EQ(changed, 2 * 4 + 1);
}

// d loss / dB = d loss / dW A^T, d loss / dA = B^T d loss / dW, also when two parts of a batch go back.
TEST(Adapted, HasTheGradientsOfItsFactors) {
  TorchTensors tensors{{"w", at::randn({5, 4}, at::kDouble)},
                       {lora_a("w"), at::randn({2, 4}, at::kDouble).requires_grad_()},
                       {lora_b("w"), at::randn({5, 2}, at::kDouble).requires_grad_()}};
  const at::Tensor a = tensors[lora_a("w")], b = tensors[lora_b("w")], of_w = at::randn({5, 4}, at::kDouble);
  const at::Tensor whole = adapted(tensors, "w");
  EXPECT_TRUE(at::allclose(whole, tensors["w"] + at::mm(b, a)));
  for (int part = 0; part < 2; ++part) torch::autograd::backward({whole}, {of_w});
  EXPECT_TRUE(at::allclose(b.grad(), 2 * at::mm(of_w, a.t())));
  EXPECT_TRUE(at::allclose(a.grad(), 2 * at::mm(b.t(), of_w)));
}

TEST_F(Adapters, BeginWithTheLossOfTheModel) {
  begin_with_full_training();
  const auto all = records("all", at::kCPU, from_there({})),
             adapted = records("adapted", at::kCPU, from_there({"stage.0.lora_rank=3"}));
  EXPECT_EQ(adapted[1]["loss"], all[1]["loss"]);
  EXPECT_NE(adapted[2]["loss"], all[2]["loss"]);
}

TEST_F(Adapters, AreThereInEveryPartAndWhenActivationsAreComputedAgain) {
  const std::vector<std::string> parts{"stage.0.lora_rank=3", "stage.0.micro_batch=4"};
  std::vector<std::string> recomputing = parts;
  recomputing.emplace_back("stage.0.checkpoint_activations=true");
  const auto kept = records("kept", at::kCPU, parts), again = records("again", at::kCPU, recomputing);
  ASSERT_EQ(kept.size(), again.size());
  for (std::size_t i = 1; i < kept.size(); ++i) {
    EXPECT_NEAR(again[i]["loss"].get<double>(), kept[i]["loss"].get<double>(), 1e-4);
    if (kept[i].contains("gradient_norm")) {
      EXPECT_NEAR(again[i]["gradient_norm"].get<double>() / kept[i]["gradient_norm"].get<double>(), 1, 1e-3);
    }
  }
}

TEST_F(Adapters, GoOnBitForBit) {
  const std::vector<std::string> overrides{"stage.0.lora_rank=3"};
  records("run", at::kCPU, overrides);
  const auto stage = run_folder("run", at::kCPU) / "stage1";
  const std::string file = read_file(stage / "step-4.pt");
  for (const char* name : {"step-4.pt", "step-4.state"}) std::filesystem::remove(stage / name);
  records("run", at::kCPU, overrides, /*resume=*/true);
  EXPECT_EQ(read_file(stage / "step-4.pt"), file);
}

TEST_F(Adapters, OfAStageAreMergedBeforeTheNext) {
  const std::string second = "[[stage]]\nsteps = 2\nbatch_size = 8\nwarmup = 1\nprecision = \"f32\"\nlr = 1e-12\n";
  records("run", at::kCPU, {"stage.0.lora_rank=3"}, /*resume=*/false, second);
  const TensorMap before = weights("run", "stage1/last.pt"), after = weights("run", "stage2/last.pt");
  EXPECT_LT(change_of(after, before, kAdapted).abs().max().item<float>(), 1e-9);
}

}  // namespace
}  // namespace cnclip
