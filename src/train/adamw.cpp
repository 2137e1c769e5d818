#include "train/adamw.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace cnclip {

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
  for (Entry& entry : entries_) {
    const at::Tensor gradient = entry.parameter.grad();
    if (!gradient.defined()) continue;
    Moments& moments = entry.moments;
    moments.step += 1;
    at::_fused_adamw_({entry.parameter.detach()}, {gradient}, {moments.first}, {moments.second}, {}, {moments.step},
                      rate_of(entry.name), options_.beta1, options_.beta2, entry.decayed ? options_.weight_decay : 0.0,
                      options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
}

void AdamW::clear_gradients() {
  for (Entry& entry : entries_) entry.parameter.mutable_grad().reset();
}

double gradient_norm(const std::vector<AdamW::Entry>& entries) {
  double squares = 0;
  for (const AdamW::Entry& entry : entries) {
    if (entry.parameter.grad().defined()) squares += std::pow(entry.parameter.grad().norm().item<double>(), 2);
  }
  return std::sqrt(squares);
}

void scale_gradients(std::vector<AdamW::Entry>& entries, double factor) {
  for (AdamW::Entry& entry : entries) {
    if (entry.parameter.grad().defined()) entry.parameter.mutable_grad().mul_(factor);
  }
}

}  // namespace cnclip
