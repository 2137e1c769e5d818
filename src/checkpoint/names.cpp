#include "checkpoint/names.h"

#include <optional>
#include <set>

#include "base/error.h"
#include "base/lazy.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

// Names that give a convention away, most telling first.
constexpr std::string_view kHfVision = "vision_model.embeddings.class_embedding";
constexpr std::string_view kHfBert = "text_model.embeddings.word_embeddings.weight";
constexpr std::string_view kVisual = "visual.conv1.weight";
constexpr std::string_view kOfficialBert = "bert.embeddings.word_embeddings.weight";
constexpr std::string_view kBareBert = "embeddings.word_embeddings.weight";

// What stands before `marker` in the first name that ends with it, at a dot; nothing when no name does.
std::optional<std::string> prefix_before(const TensorMap& raw, std::string_view marker) {
  for (const auto& [name, tensor] : raw) {
    if (!name.ends_with(marker)) continue;
    std::string prefix = name.substr(0, name.size() - marker.size());
    if (prefix.empty() || prefix.ends_with('.')) return prefix;
  }
  return {};
}

TensorMap under(const TensorMap& raw, const std::string& prefix) {
  TensorMap out;
  for (const auto& [name, tensor] : raw) {
    if (name.starts_with(prefix)) out.set(name.substr(prefix.size()), tensor);
  }
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  if (const std::size_t place = text.find(from); place != std::string::npos) text.replace(place, from.size(), to);
  return text;
}

// Where ChineseCLIPModel keeps an official parameter.
struct HfSource {
  std::vector<std::string> names;  // three for packed Q, K, V
  bool transpose = false;
};

HfSource hf_source(std::string name) {
  if (name == "logit_scale") return {{name}};
  if (name == "text_projection") return {{"text_projection.weight"}, true};
  if (name == "visual.proj") return {{"visual_projection.weight"}, true};
  if (name.starts_with("bert.")) return {{"text_model." + name.substr(5)}};
  name = replaced(name, "visual.class_embedding", "vision_model.embeddings.class_embedding");
  name = replaced(name, "visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight");
  name = replaced(name, "visual.positional_embedding", "vision_model.embeddings.position_embedding.weight");
  name = replaced(name, "visual.ln_pre.", "vision_model.pre_layrnorm.");  // so spelled there
  name = replaced(name, "visual.ln_post.", "vision_model.post_layernorm.");
  name = replaced(name, "visual.transformer.resblocks.", "vision_model.encoder.layers.");
  name = replaced(name, ".ln_1.", ".layer_norm1.");
  name = replaced(name, ".ln_2.", ".layer_norm2.");
  name = replaced(name, ".mlp.c_fc.", ".mlp.fc1.");
  name = replaced(name, ".mlp.c_proj.", ".mlp.fc2.");
  name = replaced(name, ".attn.out_proj.", ".self_attn.out_proj.");
  for (const std::string_view part : {"weight", "bias"}) {
    const std::string packed = fmt::format(".attn.in_proj_{}", part);
    if (name.find(packed) == std::string::npos) continue;
    HfSource source;
    for (const char letter : {'q', 'k', 'v'}) {
      source.names.push_back(replaced(name, packed, fmt::format(".self_attn.{}_proj.{}", letter, part)));
    }
    return source;
  }
  return {{name}};
}

bool is_stray(std::string_view name) {
  return name.find("bert.pooler.") != std::string_view::npos || name.starts_with("text_model.pooler.") ||
         name.ends_with("position_ids");
}

// The official names a Hugging Face set of tensors can supply: those whose sources are all there. What no name asks for
// keeps its own, so that whoever fits the result to a model sees it.
TensorMap from_hugging_face(const TensorMap& raw, const std::string& file) {
  int vision_layers = 0, text_layers = 0;
  while (raw.contains(fmt::format("vision_model.encoder.layers.{}.mlp.fc1.weight", vision_layers))) ++vision_layers;
  while (raw.contains(fmt::format("text_model.encoder.layer.{}.output.dense.weight", text_layers))) ++text_layers;
  // Only the names of this shape's list matter here, not its sizes.
  ModelConfig names{"", 1, 1, VitConfig{vision_layers, 1, 1, 1}, {}};
  names.text.layers = text_layers;
  names.text.hidden_size = names.text.intermediate_size = 1;
  TensorMap out;
  std::set<std::string> used;
  for (const Parameter& parameter : parameters(names)) {
    const HfSource source = hf_source(parameter.name);
    std::vector<LazyTensor> parts;
    for (const std::string& name : source.names) {
      if (const LazyTensor* part = raw.find(name)) parts.push_back(*part);
    }
    if (parts.size() != source.names.size()) continue;
    try {
      const LazyTensor whole = parts.size() == 1 ? parts[0] : stack_rows(parts);
      out.set(parameter.name, source.transpose ? transposed(whole) : whole);
    } catch (const Error& error) {
      throw_bad_input("{}: tensor {}: {}", file, source.names[0], error.what());
    }
    used.insert(source.names.begin(), source.names.end());
  }
  for (const auto& [name, tensor] : raw) {
    if (!used.contains(name) && !is_stray(name)) out.set(name, tensor);
  }
  return out;
}

}  // namespace

Convention convention_of(const TensorMap& raw) {
  if (prefix_before(raw, kHfVision))
    return prefix_before(raw, kHfBert) ? Convention::hugging_face : Convention::hf_clip;
  if (prefix_before(raw, kVisual)) return prefix_before(raw, kOfficialBert) ? Convention::official : Convention::openai;
  if (prefix_before(raw, kBareBert)) return Convention::bert;
  return Convention::other;
}

std::string describe(Convention convention) {
  switch (convention) {
    case Convention::official: return "a Chinese-CLIP checkpoint (official names)";
    case Convention::hugging_face: return "a Chinese-CLIP checkpoint (Hugging Face ChineseCLIPModel)";
    case Convention::openai: return "a CLIP checkpoint of OpenAI's kind, with an English text tower";
    case Convention::hf_clip: return "a Hugging Face CLIPModel checkpoint, with an English text tower";
    case Convention::bert: return "a BERT checkpoint (text tower only)";
    case Convention::other: return "not a CLIP or BERT checkpoint";
  }
  return {};
}

TensorMap to_official(const TensorMap& raw, const std::string& file) {
  switch (convention_of(raw)) {
    case Convention::official: {
      TensorMap out;
      for (const auto& [name, tensor] : under(raw, *prefix_before(raw, kVisual))) {
        if (!is_stray(name)) out.set(name, tensor);
      }
      return out;
    }
    case Convention::openai: {
      TensorMap out;
      for (const auto& [name, tensor] : under(raw, *prefix_before(raw, kVisual))) {
        if (name.starts_with("visual.") || name == "logit_scale") out.set(name, tensor);
      }
      return out;
    }
    case Convention::hugging_face:
    case Convention::hf_clip: {
      TensorMap out = from_hugging_face(under(raw, *prefix_before(raw, kHfVision)), file);
      if (convention_of(raw) == Convention::hugging_face) return out;
      TensorMap image;  // CLIPModel's text_projection belongs to its own text tower
      for (const auto& [name, tensor] : out) {
        if (name.starts_with("visual.") || name == "logit_scale") image.set(name, tensor);
      }
      return image;
    }
    case Convention::bert: {
      TensorMap out;
      for (const auto& [name, tensor] : under(raw, *prefix_before(raw, kBareBert))) {
        if (!name.starts_with("embeddings.") && !name.starts_with("encoder.")) continue;
        // TensorFlow's names of layer-norm parameters survive in old conversions.
        std::string official = "bert." + replaced(name, "LayerNorm.gamma", "LayerNorm.weight");
        official = replaced(official, "LayerNorm.beta", "LayerNorm.bias");
        if (!is_stray(official)) out.set(official, tensor);
      }
      return out;
    }
    case Convention::other: break;
  }
  return {};
}

TensorMap to_hugging_face(const TensorMap& official, const ModelConfig& config) {
  if (!std::holds_alternative<VitConfig>(config.vision)) {
    throw_usage("model {}: transformers has no ResNet image tower, so there is no Hugging Face layout of it",
                config.name);
  }
  TensorMap out;
  for (const Parameter& parameter : parameters(config)) {
    const LazyTensor& tensor = official.at(parameter.name);
    const HfSource source = hf_source(parameter.name);
    const auto parts = static_cast<std::int64_t>(source.names.size());
    for (std::int64_t i = 0; i < parts; ++i) {
      LazyTensor part =
          parts == 1 ? tensor : slice_rows(tensor, i * tensor.shape[0] / parts, (i + 1) * tensor.shape[0] / parts);
      out.set(source.names[static_cast<std::size_t>(i)], source.transpose ? transposed(part) : part);
    }
  }
  return out;
}

}  // namespace cnclip
