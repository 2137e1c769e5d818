// The loss of masked tokens and its gradients, in f64, for the Python tests:
//   cnclip_masked_language_cases MODEL HEAD IDS LENGTHS PLACES ANSWERS OUT
// HEAD is a safetensors file with cls.predictions.*; IDS, LENGTHS and ANSWERS are i32, PLACES i64, as bare bytes.
// Prints the loss, the mean over the masked tokens, and how many of them are told right; OUT gets the gradients of
// bert.* and of the head, f64, in the order of the model's list and of the head's.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <fstream>

#include "bare_bytes.h"
#include "checkpoint/load.h"
#include "engine/torch/tensors.h"
#include "model/parameters.h"
#include "model/towers.h"
#include "train/masked_language.h"

namespace {

using namespace cnclip;

void run(char** arguments) {
  const Checkpoint model = load_checkpoint(arguments[1]);
  const RawCheckpoint head = read_raw(arguments[2]);
  const MaskedTexts texts{values_of<std::int32_t>(arguments[3]), values_of<std::int64_t>(arguments[5]),
                          values_of<std::int32_t>(arguments[6])};
  const auto lengths = values_of<std::int32_t>(arguments[4]);

  TorchTensors tensors;
  std::vector<std::string> names;
  const auto add = [&](const Parameter& parameter, const TensorMap& from) {
    names.push_back(parameter.name);
    tensors[parameter.name] = to_torch(from.at(parameter.name).load()).to(at::kDouble).requires_grad_(true);
  };
  for (const Parameter& parameter : parameters(model.config)) {
    if (parameter.name.starts_with("bert.")) add(parameter, model.weights);
  }
  for (const Parameter& parameter : masked_language_head(model.config.text)) add(parameter, head.tensors);

  TorchWeights weights(tensors, at::kDouble);
  const TrainedTower tower(text_states(model.config), model.weights);
  const MaskedLoss made =
      masked_language_loss(tower, weights, model.config.text, texts, lengths, at::kCPU, {}, /*recompute=*/false);
  const at::Tensor loss = made.loss / static_cast<double>(texts.answers.size());
  torch::autograd::backward({loss}, {});
  fmt::print("{:.17g} {}\n", loss.item<double>(), made.right);
  std::ofstream out(arguments[7], std::ios::binary);
  for (const std::string& name : names) {
    const at::Tensor gradient = tensors.at(name).grad().contiguous();
    out.write(static_cast<const char*>(gradient.const_data_ptr()), static_cast<std::streamsize>(gradient.nbytes()));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 8) return 2;
  try {
    run(arguments);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
