// Whole runs on a device for tests beside the same runs on the host: what a GPU will be asked to do.
#include <ATen/ATen.h>

#include <cmath>

#include "engine/torch/simulated/simulated_device.h"
#include "train/test_runs.h"

namespace cnclip {
namespace {

class DeviceRun : public SmallRuns {
 protected:
  // The same losses and gradients step by step, to this share of each.
  void expect_the_run_of_the_host(const std::string& name, const std::vector<std::string>& overrides,
                                  double tolerance = 1e-3) {
    const auto wanted = records(name, at::kCPU, overrides), found = records(name, simulated_device(), overrides);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (const char* key : {"loss", "distillation_loss", "gradient_norm"}) {
        const auto value = [&](const nlohmann::json& record) {  // null: not finite, a step that was skipped
          return record.contains(key) && !record[key].is_null() ? record[key].get<double>() : 0;
        };
        EXPECT_NEAR(value(found[i]), value(wanted[i]), tolerance * std::abs(value(wanted[i]))) << key << found[i];
      }
    }
  }
};

TEST_F(DeviceRun, BothTowers) {
  expect_the_run_of_the_host("run", {});
}

TEST_F(DeviceRun, ByPartsWithoutKeepingActivations) {
  expect_the_run_of_the_host("run", {"stage.0.micro_batch=4", "stage.0.checkpoint_activations=true"});
}

TEST_F(DeviceRun, InHalfPrecision) {  // with small steps, which do not make much of other rounding
  expect_the_run_of_the_host("bf16", {"stage.0.precision=bf16", "stage.0.lr=1e-5"}, 0.03);
  expect_the_run_of_the_host("f16", {"stage.0.precision=f16", "stage.0.lr=1e-5"}, 0.03);
}

TEST_F(DeviceRun, WithManyPositivesAndClippedGradients) {
  expect_the_run_of_the_host("run", {"stage.0.multi_positive=true", "stage.0.patch_drop=0.5",
                                     "stage.0.clip_grad_norm=0.1", "data.augment=true"});
}

TEST_F(DeviceRun, OfTheOfficialLoss) {
  expect_the_run_of_the_host("run", {"stage.0.loss=official", "stage.0.decay_groups=corrected"});
}

TEST_F(DeviceRun, WithALockedTowerLiveAndCached) {
  expect_the_run_of_the_host("live", {"stage.0.freeze=[\"vision\"]"});
  expect_the_run_of_the_host("cached", {"stage.0.freeze=[\"vision\"]", "stage.0.cache_views=1"});
  expect_the_run_of_the_host("text", {"stage.0.freeze=[\"text\"]"});
}

TEST_F(DeviceRun, OfAResNetWithItsBatchStatistics) {
  architecture_ = "resnet.json";
  expect_the_run_of_the_host("train", {"stage.0.batch_norm=train"});
  expect_the_run_of_the_host("sync", {"stage.0.batch_norm=sync"});
}

TEST_F(DeviceRun, OfTheOtherObjectives) {
  expect_the_run_of_the_host("mlm", {"stage.0.objective=mlm", "stage.0.precision=bf16"}, 0.02);
  expect_the_run_of_the_host("words", {"stage.0.objective=words", "stage.0.precision=bf16"}, 0.02);
}

TEST_F(DeviceRun, WithATeacher) {
  records("teacher", at::kCPU, {});
  const std::string teacher =
      "stage.0.distill.teacher=" + (run_folder("teacher", at::kCPU) / "stage1" / "last.pt").string();
  expect_the_run_of_the_host("learned", {teacher, "stage.0.distill.projection=learned"});
  expect_the_run_of_the_host("cached", {teacher, "stage.0.distill.cache=true"});
}

TEST_F(DeviceRun, OfAdapters) {
  expect_the_run_of_the_host("run", {"stage.0.lora_rank=4", "stage.0.checkpoint_activations=true"});
  expect_the_run_of_the_host("mlm", {"stage.0.lora_rank=4", "stage.0.objective=mlm"});
}

TEST_F(DeviceRun, GoesOnWhereItStopped) {
  const auto whole = records("run", simulated_device(), {});
  const std::filesystem::path stage = run_folder("run", simulated_device()) / "stage1";
  const std::string weights = read_file(stage / "step-4.pt");
  for (const char* file : {"step-4.pt", "step-4.state"}) std::filesystem::remove(stage / file);
  const auto resumed = records("run", simulated_device(), {}, /*resume=*/true);
  EXPECT_EQ(resumed.back()["loss"], whole.back()["loss"]);
  EXPECT_EQ(read_file(stage / "step-4.pt"), weights);
}

// While the host waits, nothing is queued.
TEST_F(DeviceRun, WaitsForTheDeviceAFewTimesAStep) {
  const auto waits = [&](int steps) {
    const DeviceWork before = device_work();
    records(fmt::format("run{}", steps), simulated_device(),
            {fmt::format("stage.0.steps={}", steps), "stage.0.save_every=100", "stage.0.validate_every=100"});
    return (device_work() - before).from_device;
  };
  EXPECT_LE(waits(6) - waits(2), 4 * 4);  // the scale of the logits twice, the loss, the norm of the gradients
}

}  // namespace
}  // namespace cnclip
