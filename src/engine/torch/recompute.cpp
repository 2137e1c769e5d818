#include "engine/torch/recompute.h"

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <mutex>

namespace cnclip {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor generator_state(at::Generator generator) {
  const std::scoped_lock lock(generator.mutex());
  return generator.get_state();
}

void set_generator_state(at::Generator generator, const at::Tensor& state) {
  const std::scoped_lock lock(generator.mutex());
  generator.set_state(state);
}

// What the backward pass needs beside tensors.
struct Recipe : torch::CustomClassHolder {
  Block block;
  std::vector<std::string> names;
  at::ScalarType type = at::kFloat;
  at::Tensor random;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, at::TensorList tensors,
                            const c10::intrusive_ptr<Recipe>& recipe, TorchWeights* weights) {
    recipe->random = generator_state(at::globalContext().defaultGenerator(input.device()));
    variable_list saved = tensors.vec();
    saved.push_back(input);
    context->save_for_backward(saved);
    context->saved_data["recipe"] = c10::IValue::make_capsule(c10::intrusive_ptr<torch::CustomClassHolder>(recipe));
    return recipe->block(input, *weights);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto capsule = context->saved_data["recipe"].toCapsule();
    const auto& recipe = static_cast<const Recipe&>(*capsule);
    const variable_list saved = context->get_saved_variables();
    TorchTensors leaves;
    variable_list wanted;  // in the order of the saved ones, those with gradients
    const auto leaf_of = [&](const at::Tensor& tensor) {
      at::Tensor leaf = tensor.detach();
      if (tensor.requires_grad()) wanted.push_back(leaf.requires_grad_());
      return leaf;
    };
    for (std::size_t i = 0; i < recipe.names.size(); ++i) leaves[recipe.names[i]] = leaf_of(saved[i]);
    const at::Tensor input = leaf_of(saved.back());

    const at::Generator generator = at::globalContext().defaultGenerator(input.device());
    const at::Tensor now = generator_state(generator);
    set_generator_state(generator, recipe.random);
    variable_list found;
    {
      const at::AutoGradMode enabled(true);
      TorchWeights weights(leaves, recipe.type);
      found = torch::autograd::grad(variable_list{recipe.block(input, weights)}, wanted, {gradients[0]});
    }
    set_generator_state(generator, now);

    variable_list result(saved.size() + 2);  // the input, the weights, and two that are no tensors
    auto next = found.begin();
    for (std::size_t i = 0; i < recipe.names.size(); ++i) {
      if (saved[i].requires_grad()) result[i + 1] = *next++;
    }
    if (saved.back().requires_grad()) result[0] = *next;
    return result;
  }
};

}  // namespace

at::Tensor recompute(const Block& block, const at::Tensor& input, TorchWeights& weights,
                     const std::vector<std::string>& names) {
  auto recipe = c10::make_intrusive<Recipe>();
  recipe->block = block;
  recipe->type = weights.type();
  variable_list tensors;
  for (const std::string& name : names) {
    for (const std::string& part : weights.parts(name)) {
      recipe->names.push_back(part);
      tensors.push_back(weights.exact(part));
    }
  }
  return Recomputed::apply(input, at::TensorList(tensors), recipe, &weights);
}

}  // namespace cnclip
