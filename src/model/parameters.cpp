#include "model/parameters.h"

#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace cnclip {
namespace {

using Kind = Initializer::Kind;

constexpr Initializer kZero{Kind::constant, 0};
constexpr Initializer kOne{Kind::constant, 1};

Initializer normal(double deviation) {
  return {Kind::normal, deviation};
}
Initializer uniform(double bound) {
  return {Kind::uniform, bound};
}

class List {
 public:
  std::vector<Parameter> all;

  void add(std::string name, Shape shape, Initializer initializer) {
    all.push_back({std::move(name), std::move(shape), initializer});
  }
  void buffer(std::string name, Shape shape, Initializer initializer, DType dtype = DType::f32) {
    all.push_back({std::move(name), std::move(shape), initializer, true, dtype});
  }
  // PyTorch's default: Kaiming-uniform with a = sqrt 5 for the weight, the same bound for the bias.
  void linear(const std::string& name, int in, int out) {
    add(name + ".weight", {out, in}, uniform(1 / std::sqrt(in)));
    add(name + ".bias", {out}, uniform(1 / std::sqrt(in)));
  }
  void linear(const std::string& name, int in, int out, Initializer weight, Initializer bias) {
    add(name + ".weight", {out, in}, weight);
    add(name + ".bias", {out}, bias);
  }
  void norm(const std::string& name, int width, Initializer weight = kOne) {
    add(name + ".weight", {width}, weight);
    add(name + ".bias", {width}, kZero);
  }
  void conv(const std::string& name, int in, int out, int kernel) {
    add(name + ".weight", {out, in, kernel, kernel}, uniform(1 / std::sqrt(in * kernel * kernel)));
  }
  void batch_norm(const std::string& name, int width, Initializer weight = kOne) {
    norm(name, width, weight);
    buffer(name + ".running_mean", {width}, kZero);
    buffer(name + ".running_var", {width}, kOne);
    buffer(name + ".num_batches_tracked", {}, kZero, DType::i64);
  }
};

void add_vit(List& list, const VitConfig& c, int embed_dim, int image_size) {
  const int w = c.width, grid = image_size / c.patch_size;
  const Initializer scaled = normal(1 / std::sqrt(w));
  list.add("visual.class_embedding", {w}, scaled);
  list.add("visual.positional_embedding", {grid * grid + 1, w}, scaled);
  list.add("visual.proj", {w, embed_dim}, scaled);
  list.conv("visual.conv1", 3, w, c.patch_size);
  list.norm("visual.ln_pre", w);
  for (int i = 0; i < c.layers; ++i) {
    const std::string block = "visual.transformer.resblocks." + std::to_string(i);
    list.add(block + ".attn.in_proj_weight", {3 * w, w}, uniform(std::sqrt(6.0 / (4.0 * w))));  // Xavier
    list.add(block + ".attn.in_proj_bias", {3 * w}, kZero);
    list.linear(block + ".attn.out_proj", w, w, uniform(1 / std::sqrt(w)), kZero);
    list.norm(block + ".ln_1", w);
    list.linear(block + ".mlp.c_fc", w, 4 * w);
    list.linear(block + ".mlp.c_proj", 4 * w, w);
    list.norm(block + ".ln_2", w);
  }
  list.norm("visual.ln_post", w);
}

void add_resnet(List& list, const ResNetConfig& c, int embed_dim, int image_size) {
  const int w = c.width, half = w / 2;
  const int stem[3][2] = {{3, half}, {half, half}, {half, w}};
  for (int i = 0; i < 3; ++i) {
    list.conv("visual.conv" + std::to_string(i + 1), stem[i][0], stem[i][1], 3);
    list.batch_norm("visual.bn" + std::to_string(i + 1), stem[i][1]);
  }
  int channels = w;
  for (int stage = 0; stage < 4; ++stage) {
    const int planes = w << stage, out = 4 * planes;
    for (int b = 0; b < c.layers[static_cast<std::size_t>(stage)]; ++b) {
      const std::string block = "visual.layer" + std::to_string(stage + 1) + "." + std::to_string(b);
      list.conv(block + ".conv1", channels, planes, 1);
      list.batch_norm(block + ".bn1", planes);
      list.conv(block + ".conv2", planes, planes, 3);
      list.batch_norm(block + ".bn2", planes);
      list.conv(block + ".conv3", planes, out, 1);
      list.batch_norm(block + ".bn3", out, kZero);
      if (b == 0 && (stage > 0 || channels != out)) {
        list.conv(block + ".downsample.0", channels, out, 1);
        list.batch_norm(block + ".downsample.1", out);
      }
      channels = out;
    }
  }
  const int features = c.features(), grid = image_size / 32;
  const Initializer scaled = normal(1 / std::sqrt(features));
  list.add("visual.attnpool.positional_embedding", {grid * grid + 1, features}, scaled);
  for (const char* name : {"k_proj", "q_proj", "v_proj"}) {
    list.linear(std::string("visual.attnpool.") + name, features, features, scaled, uniform(1 / std::sqrt(features)));
  }
  list.linear("visual.attnpool.c_proj", features, embed_dim, scaled, uniform(1 / std::sqrt(features)));
}

void add_bert(List& list, const BertConfig& c) {
  const Initializer weight = normal(shortest(c.initializer_range));
  const int h = c.hidden_size;
  list.add("bert.embeddings.word_embeddings.weight", {c.vocab_size, h}, weight);
  list.add("bert.embeddings.position_embeddings.weight", {c.max_positions, h}, weight);
  list.add("bert.embeddings.token_type_embeddings.weight", {c.type_vocab_size, h}, weight);
  list.norm("bert.embeddings.LayerNorm", h);
  for (int i = 0; i < c.layers; ++i) {
    const std::string layer = "bert.encoder.layer." + std::to_string(i);
    for (const char* name : {"query", "key", "value"}) {
      list.linear(layer + ".attention.self." + name, h, h, weight, kZero);
    }
    list.linear(layer + ".attention.output.dense", h, h, weight, kZero);
    list.norm(layer + ".attention.output.LayerNorm", h);
    list.linear(layer + ".intermediate.dense", h, c.intermediate_size, weight, kZero);
    list.linear(layer + ".output.dense", c.intermediate_size, h, weight, kZero);
    list.norm(layer + ".output.LayerNorm", h);
  }
}

Tensor draw(const Parameter& parameter, std::uint64_t seed) {
  Tensor tensor = Tensor::allocate(parameter.dtype, parameter.shape);
  if (parameter.dtype == DType::i64) return tensor;  // counters start at 0
  Random random(seed, parameter.name);
  const auto [kind, value] = parameter.initializer;
  for (float& x : tensor.mutable_data<float>()) {
    x = static_cast<float>(kind == Kind::constant ? value
                           : kind == Kind::normal ? value * random.normal()
                                                  : value * (2 * random.uniform() - 1));
  }
  return tensor;
}

}  // namespace

std::vector<Parameter> parameters(const ModelConfig& config) {
  List list;
  list.add("text_projection", {config.text.hidden_size, config.embed_dim},
           normal(1 / std::sqrt(config.text.hidden_size)));
  list.add("logit_scale", {}, {Kind::constant, std::log(1 / 0.07)});
  if (const auto* c = std::get_if<VitConfig>(&config.vision)) {
    add_vit(list, *c, config.embed_dim, config.image_size);
  } else {
    add_resnet(list, std::get<ResNetConfig>(config.vision), config.embed_dim, config.image_size);
  }
  add_bert(list, config.text);
  return std::move(list.all);
}

std::vector<Parameter> masked_language_head(const BertConfig& config) {
  List list;
  const std::string head = "cls.predictions.";
  const Initializer weight = normal(shortest(config.initializer_range));
  list.linear(head + "transform.dense", config.hidden_size, config.hidden_size, weight, kZero);
  list.norm(head + "transform.LayerNorm", config.hidden_size);
  list.add(head + "bias", {config.vocab_size}, kZero);
  return std::move(list.all);
}

std::vector<Parameter> word_labels(const ModelConfig& config, int words) {
  List list;
  list.linear("word_labels", config.embed_dim, words, normal(0.02), kZero);
  return std::move(list.all);
}

std::int64_t parameter_count(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters(config)) {
    if (!parameter.buffer) count += element_count(parameter.shape);
  }
  return count;
}

TensorMap initial_weights(const ModelConfig& config, std::uint64_t seed) {
  return initial_weights(parameters(config), seed);
}

TensorMap initial_weights(std::vector<Parameter> parameters, std::uint64_t seed) {
  TensorMap weights;
  for (Parameter& parameter : parameters) {
    const DType dtype = parameter.dtype;
    const Shape shape = parameter.shape;
    std::string name = parameter.name;
    weights.set(std::move(name),
                LazyTensor(dtype, shape, [parameter = std::move(parameter), seed] { return draw(parameter, seed); }));
  }
  return weights;
}

}  // namespace cnclip
