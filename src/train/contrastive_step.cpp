#include "train/contrastive_step.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.h"
#include "train/contrastive_loss.h"
#include "train/distillation.h"
#include "train/features.h"
#include "train/image_pass.h"

namespace cnclip {

ContrastiveStep::ContrastiveStep(Trainee& trainee, const Stage& stage, const FeatureSources& sources, World& world,
                                 std::uint64_t seed)
    : Step(trainee, stage, world, seed, {"logit_scale"}),  // whose gradient is that of the global batch already
      sources_(sources) {}

// What one step needs of the towers, part by part.
class ContrastiveStep::Passes {
 public:
  Passes(const ContrastiveStep& step, const TrainBatch& batch, std::int64_t number)
      : step_(step),
        batch_(batch),
        number_(number),
        share_(static_cast<std::int64_t>(batch.count)),
        part_(step.part_of(batch)),
        weights_(step.converted_weights()) {}

  std::int64_t share() const { return share_; }
  std::int64_t part() const { return part_; }

  at::Tensor images(std::int64_t begin) {
    step_.seed_pass(number_, begin, "image");
    return unit_rows(image_pass(step_.trainee_, weights_, step_.stage_, step_.world_,
                                images_of(batch_, begin, part_, step_.trainee_.images().shape)));
  }
  at::Tensor texts(std::int64_t begin) {
    step_.seed_pass(number_, begin, "text");
    TrainingMode mode;
    mode.dropout = true;
    const TrainedTower& tower = step_.trainee_.texts();
    const TorchBatch batch = to_torch(texts_of(batch_, begin, part_), tower.shape, step_.trainee_.device());
    const bool recompute = step_.stage_.checkpoint_activations && at::GradMode::is_enabled();
    return unit_rows(recompute ? forward_recomputing(tower.graph, weights_, batch, mode)
                               : forward(tower.graph, weights_, batch, mode));
  }

 private:
  const ContrastiveStep& step_;
  const TrainBatch& batch_;
  std::int64_t number_, share_, part_;
  TorchWeights weights_;
};

StepLosses ContrastiveStep::run(const TrainBatch& batch, std::int64_t number, double loss_scale) {
  Passes passes(*this, batch, number);
  const bool whole = passes.part() == passes.share();
  // Features of one tower; where the whole share fits, with the history that its backward pass needs.
  const auto collect = [&](const FixedFeatures& fixed, auto make) {
    if (fixed) return fixed(batch);
    if (whole) return make(0);
    const c10::NoGradGuard inference;
    std::vector<at::Tensor> parts;
    for (std::int64_t begin = 0; begin < passes.share(); begin += passes.part()) parts.push_back(make(begin));
    return at::cat(parts);
  };
  const auto image_pass = [&](std::int64_t begin) { return passes.images(begin); };
  const auto text_pass = [&](std::int64_t begin) { return passes.texts(begin); };
  const at::Tensor images = collect(sources_.images, image_pass), texts = collect(sources_.texts, text_pass);

  std::optional<PairIds> ids;
  if (stage_.multi_positive)
    ids = {at::tensor(batch.image_ids).to(images.device()), at::tensor(batch.text_ids).to(images.device())};
  SingleProcess alone;
  World& loss_world = stage_.loss == Loss::local ? alone : world_;
  ContrastiveLoss loss = contrastive_loss(images.detach(), texts.detach(), trainee_.logit_scale(), loss_world, ids);
  // What ranks computed each for itself becomes the mean over them. The official code also divides the towers'
  // gradients of the global loss by the number of ranks: DistributedDataParallel averages.
  if (stage_.loss == Loss::local) {
    for (double* value : {&loss.loss, &loss.image_to_text, &loss.text_to_image, &loss.logit_scale_gradient}) {
      *value = world_.sum(*value) / world_.size();
    }
  }
  const double share = stage_.loss == Loss::global ? 1.0 : 1.0 / world_.size();
  at::Tensor image_gradients = loss.image_gradients * (share * loss_scale);
  const at::Tensor text_gradients = loss.text_gradients * (share * loss_scale);

  StepLosses losses{loss.loss, {}, loss.image_to_text, loss.text_to_image, {}};
  if (stage_.distill) {
    const double of = static_cast<double>(passes.share()) * world_.size();
    const double weight = stage_.distill->weight * loss_scale * (stage_.loss == Loss::official ? share : 1.0);
    const auto found = trainee_.tensors().find(kDistillProjection);
    const Distillation distillation =
        distill(images.detach(), sources_.teacher(batch),
                found == trainee_.tensors().end() ? at::Tensor() : found->second, of, weight);
    image_gradients = image_gradients + distillation.gradients;
    losses.distillation = world_.sum(distillation.loss);
  }

  for (std::int64_t begin = 0; begin < passes.share(); begin += passes.part()) {
    std::vector<at::Tensor> outputs, gradients;
    const auto add = [&](const FixedFeatures& fixed, const at::Tensor& first, const at::Tensor& all, auto make) {
      if (fixed) return;
      outputs.push_back(whole ? first : make(begin));
      gradients.push_back(all.narrow(0, begin, passes.part()));
    };
    add(sources_.images, images, image_gradients, image_pass);
    add(sources_.texts, texts, text_gradients, text_pass);
    if (begin + passes.part() == passes.share()) buckets_.arm();
    if (!outputs.empty()) torch::autograd::backward(outputs, gradients);
  }
  buckets_.finish();
  at::Tensor& scale = trainee_.tensors().at("logit_scale");
  if (scale.requires_grad()) {
    scale.mutable_grad() = at::full_like(scale.detach(), loss.logit_scale_gradient * loss_scale);
  }
  return losses;
}

}  // namespace cnclip
