// The weights of a graph in the types that it is computed in.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace cnclip {

// By official name, f32. In training these are the leaves that gradients come to.
using TorchTensors = std::unordered_map<std::string, at::Tensor>;

// The tensor of that name, with what its adapter adds where it has one: W + B A.
at::Tensor adapted(const TorchTensors& tensors, const std::string& name);

// Conversions happen once in the life of an object: in training, make one for every step, so that the f32 values which
// the optimizer changes are rounded once a step and gradients flow back to them. Keeps a reference to `tensors`.
class TorchWeights {
 public:
  TorchWeights(const TorchTensors& tensors, at::ScalarType type) : tensors_(tensors), type_(type) {}

  // As it is, f32: batch normalisations, tables to look up in. A name that ends in "#q" or "#kv" is the first third of
  // the rows of what stands before, or the rest, as the pass narrow_last_block has it.
  at::Tensor exact(const std::string& name) const;
  // The tensors that a weight is made of: itself, and its adapter where it has one (graph/lora_names.h).
  std::vector<std::string> parts(const std::string& name) const;
  // In the type to compute in, with what its adapter adds; several are stacked by rows.
  at::Tensor matrix(const std::vector<std::string>& names);
  at::Tensor matrix(const std::string& name) { return matrix(std::vector<std::string>{name}); }
  // As a layer norm takes them beside an input of that type: the CPU's kernels take them exact, others do not.
  at::Tensor norm(const std::string& name) { return exact(name).is_cpu() ? exact(name) : matrix(name); }
  at::ScalarType type() const { return type_; }

 private:
  at::Tensor with_adapter(const std::string& name) const;

  const TorchTensors& tensors_;
  at::ScalarType type_;
  std::unordered_map<std::string, at::Tensor> made_;
};

}  // namespace cnclip
