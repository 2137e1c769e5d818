// AdamW over the parameters of a model.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "engine/torch/weights.h"
#include "recipe/recipe.h"

namespace cnclip {

// Whether weight decay applies. "official" goes by name, as cn_clip/training/main.py: none where the name holds "bn",
// "ln", "bias" or "logit_scale", so that BERT's LayerNorm and the norms of residual shortcuts are decayed; "corrected"
// by shape.
bool is_decayed(const std::string& name, const at::Tensor& parameter, DecayGroups groups);

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-6;  // official for ViT: cn_clip/training/params.py
  double weight_decay = 0.2;
  DecayGroups groups = DecayGroups::official;
};

// What one parameter needs to continue.
struct Moments {
  at::Tensor first, second;  // of the parameter's shape
  at::Tensor step;           // how many steps it has made, f32 scalar
};

class AdamW {
 public:
  // Keeps references (shared storage) to those of `parameters` that require gradients.
  AdamW(const TorchTensors& parameters, const AdamWOptions& options);

  // p -= lr wd p, then Adam's step with bias correction; parameters without a gradient stay as they are, as in PyTorch.
  // `rate_of` is the learning rate by name. Gradients are left for the caller to clear.
  void step(const std::function<double(const std::string& name)>& rate_of);
  void clear_gradients();

  // In the order of names.
  struct Entry {
    std::string name;
    at::Tensor parameter;
    Moments moments;
    bool decayed = false;
  };
  std::vector<Entry>& entries() { return entries_; }

 private:
  AdamWOptions options_;
  std::vector<Entry> entries_;
};

// The joint norm of all gradients; not finite when any value is not.
double gradient_norm(const std::vector<AdamW::Entry>& entries);
void scale_gradients(const std::vector<AdamW::Entry>& entries, double factor);

// What brings gradients of this norm down to `limit`, 1 where they are below: torch.nn.utils.clip_grad_norm_.
inline double clip_factor(double norm, double limit) {
  return std::min(1.0, limit / (norm + 1e-6));
}

}  // namespace cnclip
