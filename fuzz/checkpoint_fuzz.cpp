// Tensors of any names and shapes as a checkpoint: recognised, brought under the official names, fitted and loaded, or
// one clean error. The first byte chooses what to start from, a whole small checkpoint of one convention or nothing;
// then four bytes at a time remove, add or change a tensor.
#include <cstdint>
#include <cstdlib>

#include "checkpoint/load.h"
#include "cnclip/error.h"
#include "model/parameters.h"

namespace {

using namespace cnclip;

LazyTensor zeros(DType type, const Shape& shape) {
  return {type, shape, [=] { return Tensor::allocate(type, shape); }};
}

TensorMap whole(const ModelConfig& config) {
  TensorMap weights;
  for (const Parameter& parameter : parameters(config)) {
    weights.set(parameter.name, zeros(parameter.dtype, parameter.shape));
  }
  return weights;
}

std::vector<TensorMap> make_starts() {
  const BertConfig text{8, 1, 64, 1, 8, 4};
  const ModelConfig vit{"vit", 4, 4, VitConfig{1, 64, 2}, text};
  const ModelConfig resnet{"resnet", 4, 32, ResNetConfig{{1, 1, 1, 1}, 2}, text};
  TensorMap bert, english;
  for (const auto& [name, tensor] : whole(vit)) {
    if (name.starts_with("bert.")) bert.set(name.substr(5), tensor);
    if (name.starts_with("visual.")) english.set(name, tensor);
  }
  return {whole(vit), whole(resnet), to_hugging_face(whole(vit), vit), bert, english, {}};
}

struct Bytes {
  const std::uint8_t* data;
  std::size_t size;
  std::uint8_t next() { return size == 0 ? 0 : (--size, *data++); }
};

void change(TensorMap& tensors, const std::vector<std::string>& names, Bytes& bytes) {
  const std::uint8_t low = bytes.next(), high = bytes.next(), kind = bytes.next(), rank = bytes.next();
  const std::string& name = names[(low | high << 8) % names.size()];
  static constexpr const char* kPrefixes[] = {"", "module.", "state_dict.", "x"};
  static constexpr std::int64_t kDims[] = {0, 1, 2, 3, 4, 5, 8, 17, 64, 65, 1 << 20, std::int64_t{1} << 40, INT64_MAX};
  if (kind % 8 == 7) {
    TensorMap rest;
    for (const auto& [other, tensor] : tensors) {
      if (other != name) rest.set(other, tensor);
    }
    tensors = std::move(rest);
    return;
  }
  Shape shape;
  for (int i = 0; i < rank % 6; ++i) shape.push_back(kDims[bytes.next() % std::size(kDims)]);
  tensors.set(kPrefixes[kind / 8 % 4] + name, zeros(static_cast<DType>(kind / 32 + kind % 3), shape));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<TensorMap> starts = make_starts();
  static const std::vector<std::string> names = [] {
    std::vector<std::string> names = {"tensor", ".", "bert.embeddings.position_ids",
                                      "vision_model.encoder.layers.1.mlp.fc1.weight"};
    for (const TensorMap& start : starts) {
      for (const auto& [name, tensor] : start) names.push_back(name);
    }
    return names;
  }();
  Bytes bytes{data, size};
  RawCheckpoint raw;
  raw.tensors = starts[bytes.next() % starts.size()];
  while (bytes.size > 0) change(raw.tensors, names, bytes);
  try {
    const TensorMap official = to_official(raw.tensors, "fuzz");
    const ModelConfig config = config_of(raw, official, "fuzz");
    for (const auto& [name, tensor] : fit(official, config, "fuzz")) {
      if (byte_count(tensor.dtype, tensor.shape) > (std::size_t{1} << 20)) continue;
      if (tensor.load().shape() != tensor.shape) std::abort();
    }
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) std::abort();
  }
  return 0;
}
