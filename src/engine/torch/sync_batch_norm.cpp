#include "engine/torch/sync_batch_norm.h"

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

namespace cnclip::torch_engine {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using AddOverRanks = std::function<void(at::Tensor&)>;

const std::vector<std::int64_t> kAllButChannels = {0, 2, 3};

at::Tensor by_channel(const at::Tensor& values) {
  return values.view({-1, 1, 1});
}

// Values of 16 bits as f32: sums of many would be rounded away.
at::Tensor exact(const at::Tensor& values) {
  return values.scalar_type() == at::kDouble ? values : values.to(at::kFloat);
}

// Of all ranks' values of each channel; f64, so that the mean square less the squared mean keeps its digits.
struct Statistics {
  double count = 0;
  at::Tensor mean, variance;  // (C)
};

Statistics statistics(const at::Tensor& x, const AddOverRanks& add_over_ranks) {
  const std::int64_t channels = x.size(1);
  auto [variance, mean] = at::var_mean(exact(x), kAllButChannels, /*correction=*/at::Scalar(0));
  mean = mean.to(at::kDouble);
  const auto count = static_cast<double>(x.numel()) / static_cast<double>(channels);
  at::Tensor sums = at::cat({mean, variance.to(at::kDouble) + mean.square(), at::ones({1}, mean.options())}) * count;
  add_over_ranks(sums);
  Statistics made;
  made.count = sums[2 * channels].item<double>();
  made.mean = sums.narrow(0, 0, channels) / made.count;
  made.variance = (sums.narrow(0, channels, channels) / made.count - made.mean.square()).clamp_min(0);
  return made;
}

// What the backward pass needs beside tensors.
struct Recipe : torch::CustomClassHolder {
  AddOverRanks add_over_ranks;
  double count = 0;
};

struct SyncBatchNorm : torch::autograd::Function<SyncBatchNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const Statistics* found, double epsilon,
                            const c10::intrusive_ptr<Recipe>& recipe) {
    const at::Tensor mean = found->mean.to(weight.scalar_type()), variance = found->variance.to(weight.scalar_type());
    context->save_for_backward({x, weight, mean, at::rsqrt(variance + epsilon)});
    context->saved_data["recipe"] = c10::IValue::make_capsule(c10::intrusive_ptr<torch::CustomClassHolder>(recipe));
    return at::batch_norm(x, weight, bias, mean, variance, /*training=*/false, kMomentum, epsilon, false);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto capsule = context->saved_data["recipe"].toCapsule();
    const auto& recipe = static_cast<const Recipe&>(*capsule);
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &inverse_deviation = saved[3];
    const at::Tensor change = exact(gradients[0]);
    const at::Tensor normal = (exact(x) - by_channel(mean)) * by_channel(inverse_deviation);
    const at::Tensor bias_gradient = change.sum(kAllButChannels);
    const at::Tensor weight_gradient = (change * normal).sum(kAllButChannels);

    at::Tensor means = at::cat({bias_gradient, weight_gradient}).to(at::kDouble) / recipe.count;
    recipe.add_over_ranks(means);
    means = means.to(change.scalar_type());
    const at::Tensor mean_change = means.narrow(0, 0, x.size(1)), mean_product = means.narrow(0, x.size(1), x.size(1));
    const at::Tensor x_gradient =
        (change - by_channel(mean_change) - normal * by_channel(mean_product)) * by_channel(weight * inverse_deviation);
    return {x_gradient.to(x.scalar_type()),
            weight_gradient.to(weight.scalar_type()),
            bias_gradient.to(weight.scalar_type()),
            {},
            {},
            {}};
  }
};

}  // namespace

at::Tensor sync_batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& mean, const at::Tensor& variance, double epsilon,
                           const AddOverRanks& add_over_ranks) {
  const Statistics found = statistics(x.detach(), add_over_ranks);
  if (mean.defined()) {
    const double unbiased = found.count / (found.count - 1);
    mean.mul_(1 - kMomentum).add_(found.mean, kMomentum);
    variance.mul_(1 - kMomentum).add_(found.variance, kMomentum * unbiased);
  }
  auto recipe = c10::make_intrusive<Recipe>();
  recipe->add_over_ranks = add_over_ranks;
  recipe->count = found.count;
  return SyncBatchNorm::apply(x, weight, bias, &found, epsilon, recipe);
}

}  // namespace cnclip::torch_engine
