#include "train/adamw.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

namespace cnclip {
namespace {

std::vector<at::Tensor> gradients_of(const std::vector<AdamW::Entry>& entries) {
  std::vector<at::Tensor> found;
  for (const AdamW::Entry& entry : entries) {
    if (entry.parameter.grad().defined()) found.push_back(entry.parameter.grad());
  }
  return found;
}

}  // namespace

bool is_decayed(const std::string& name, const at::Tensor& parameter, DecayGroups groups) {
  if (groups == DecayGroups::corrected) return parameter.dim() > 1;
  constexpr const char* kUndecayed[] = {"bn", "ln", "bias", "logit_scale"};
  return std::ranges::none_of(kUndecayed, [&](const char* part) { return name.find(part) != std::string::npos; });
}

AdamW::AdamW(const TorchTensors& parameters, const AdamWOptions& options) : options_(options) {
  for (const auto& [name, parameter] : parameters) {
    if (!parameter.requires_grad()) continue;
    const at::Tensor values = parameter.detach();
    entries_.push_back(
        {name,
         parameter,
         {at::zeros_like(values), at::zeros_like(values), at::zeros({}, values.options().dtype(at::kFloat))},
         is_decayed(name, parameter, options.groups)});
  }
  std::ranges::sort(entries_, {}, &Entry::name);
}

void AdamW::step(const std::function<double(const std::string& name)>& rate_of) {
  // What has the same rate and decay goes in one call, which a GPU makes few kernels of.
  struct Group {
    std::vector<at::Tensor> parameters, gradients, first, second, steps;
  };
  std::map<std::pair<double, double>, Group> groups;
  for (Entry& entry : entries_) {
    const at::Tensor gradient = entry.parameter.grad();
    if (!gradient.defined()) continue;
    Group& group = groups[{rate_of(entry.name), entry.decayed ? options_.weight_decay : 0.0}];
    group.parameters.push_back(entry.parameter.detach());
    group.gradients.push_back(gradient);
    group.first.push_back(entry.moments.first);
    group.second.push_back(entry.moments.second);
    group.steps.push_back(entry.moments.step);
  }
  for (auto& [of, group] : groups) {
    at::_foreach_add_(group.steps, 1);
    at::_fused_adamw_(group.parameters, group.gradients, group.first, group.second, {}, group.steps, of.first,
                      options_.beta1, options_.beta2, of.second, options_.epsilon, /*amsgrad=*/false,
                      /*maximize=*/false);
  }
}

void AdamW::clear_gradients() {
  for (Entry& entry : entries_) entry.parameter.mutable_grad().reset();
}

double gradient_norm(const std::vector<AdamW::Entry>& entries) {
  const std::vector<at::Tensor> gradients = gradients_of(entries);
  if (gradients.empty()) return 0;
  const at::Tensor norms = at::stack(at::_foreach_norm(gradients));  // one wait for the device, not one for each
  return norms.to(at::kDouble).norm().item<double>();
}

void scale_gradients(const std::vector<AdamW::Entry>& entries, double factor) {
  const std::vector<at::Tensor> gradients = gradients_of(entries);
  if (!gradients.empty()) at::_foreach_mul_(gradients, factor);
}

}  // namespace cnclip
