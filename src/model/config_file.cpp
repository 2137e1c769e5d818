// Model configurations as JSON or TOML, with the official key names.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "model/config.h"
#include "model/json_text.h"
#include "model/toml_json.h"

namespace cnclip {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxConfigBytes = 1 << 20;

Json parse(std::string_view text, bool toml, const std::string& file) {
  if (text.size() > kMaxConfigBytes) throw_bad_input("{}: {} bytes is too much for a configuration", file, text.size());
  if (toml) return parse_toml(text, file);
  // Deep nesting is only good for exhausting the stack of those who walk it.
  if (std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; }) > 1000) {
    throw_bad_input("{}: too deeply nested", file);
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw_bad_input("{}: not JSON: {}", file, error.what());
  }
}

class Fields {
 public:
  Fields(const Json& json, const std::string& file) : json_(json), file_(file) {
    if (!json.is_object()) throw_bad_input("{}: a configuration is an object of keys and values", file);
  }
  bool has(const char* key) const { return json_.contains(key) && !json_.at(key).is_null(); }

  int integer(const char* key) const {
    if (!has(key)) throw_bad_input("{}: {} is missing", file_, key);
    return whole(key, json_.at(key));
  }
  int integer(const char* key, int otherwise) const { return has(key) ? integer(key) : otherwise; }

  float number(const char* key, float otherwise) const {
    if (!has(key)) return otherwise;
    if (!json_.at(key).is_number()) fail(key, json_.at(key), "a number");
    return json_.at(key).get<float>();
  }
  std::string text(const char* key, const std::string& otherwise) const {
    if (!has(key)) return otherwise;
    if (!json_.at(key).is_string()) fail(key, json_.at(key), "a string");
    return json_.at(key).get<std::string>();
  }
  // A list of numbers; the official RN50.json writes it as the string "[3,4,6,3]".
  std::optional<std::vector<int>> list(const char* key) const {
    if (!has(key)) return {};
    Json value = json_.at(key);
    if (value.is_string()) value = Json::parse(value.get<std::string>(), nullptr, false);
    if (!value.is_array()) return {};
    std::vector<int> numbers;
    for (const Json& item : value) numbers.push_back(whole(key, item));
    return numbers;
  }

 private:
  [[noreturn]] void fail(const char* key, const Json& value, std::string_view needed) const {
    throw_bad_input("{}: {} is {}, {} is needed", file_, key, shown(value), needed);
  }
  int whole(const char* key, const Json& value) const {
    if (!value.is_number_integer() || value.get<double>() > 1e9 || value.get<double>() < -1e9) {
      fail(key, value, "a whole number");
    }
    return value.get<int>();
  }

  const Json& json_;
  const std::string& file_;
};

}  // namespace

ModelConfig parse_config(std::string_view text, bool toml, const std::string& file) {
  const Json json = parse(text, toml, file);
  const Fields fields(json, file);
  ModelConfig config;
  config.name = fields.text("name", std::filesystem::path(file).stem().string());
  config.embed_dim = fields.integer("embed_dim");
  config.image_size = fields.integer("image_resolution");
  if (auto stages = fields.list("vision_layers")) {
    ResNetConfig resnet;
    resnet.layers = *stages;
    resnet.width = fields.integer("vision_width");
    resnet.head_width = fields.integer("vision_head_width", resnet.head_width);
    config.vision = resnet;
  } else {
    VitConfig vit;
    vit.layers = fields.integer("vision_layers");
    vit.width = fields.integer("vision_width");
    vit.patch_size = fields.integer("vision_patch_size");
    vit.head_width = fields.integer("vision_head_width", vit.head_width);
    config.vision = vit;
  }
  BertConfig& bert = config.text;
  bert.vocab_size = fields.integer("vocab_size", bert.vocab_size);
  bert.layers = fields.integer("text_num_hidden_layers");
  bert.hidden_size = fields.integer("text_hidden_size");
  bert.heads = fields.integer("text_num_attention_heads");
  bert.intermediate_size = fields.integer("text_intermediate_size", 4 * bert.hidden_size);
  bert.max_positions = fields.integer("text_max_position_embeddings", bert.max_positions);
  bert.type_vocab_size = fields.integer("text_type_vocab_size", bert.type_vocab_size);
  bert.dropout = fields.number("text_hidden_dropout_prob", bert.dropout);
  bert.initializer_range = fields.number("text_initializer_range", bert.initializer_range);
  if (const std::string act = fields.text("text_hidden_act", "gelu"); act != "gelu") {
    throw_bad_input("{}: text_hidden_act is \"{}\", only \"gelu\" is known", file, act);
  }
  try {
    validate(config);
  } catch (const Error& error) {
    throw_bad_input("{}: {}", file, error.what());
  }
  return config;
}

std::string to_json(const ModelConfig& config) {
  nlohmann::ordered_json json;
  json["name"] = config.name;
  json["embed_dim"] = config.embed_dim;
  json["image_resolution"] = config.image_size;
  if (const auto* vit = std::get_if<VitConfig>(&config.vision)) {
    json["vision_layers"] = vit->layers;
    json["vision_width"] = vit->width;
    json["vision_patch_size"] = vit->patch_size;
    json["vision_head_width"] = vit->head_width;
  } else {
    const auto& resnet = std::get<ResNetConfig>(config.vision);
    json["vision_layers"] = resnet.layers;
    json["vision_width"] = resnet.width;
    json["vision_head_width"] = resnet.head_width;
  }
  json["vocab_size"] = config.text.vocab_size;
  json["text_num_hidden_layers"] = config.text.layers;
  json["text_hidden_size"] = config.text.hidden_size;
  json["text_num_attention_heads"] = config.text.heads;
  json["text_intermediate_size"] = config.text.intermediate_size;
  json["text_max_position_embeddings"] = config.text.max_positions;
  json["text_type_vocab_size"] = config.text.type_vocab_size;
  json["text_hidden_dropout_prob"] = shortest(config.text.dropout);
  json["text_initializer_range"] = shortest(config.text.initializer_range);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double shortest(float value) {
  return std::stod(fmt::format("{}", value));
}

ModelConfig architecture_from(const std::string& name_or_file) {
  if (const ModelConfig* known = find_architecture(name_or_file)) return *known;
  const std::filesystem::path path(name_or_file);
  if (path.extension() == ".json" || path.extension() == ".toml") {
    return parse_config(read_file(path, kMaxConfigBytes), path.extension() == ".toml", name_or_file);
  }
  std::vector<std::string> names;
  for (const ModelConfig& known : architectures()) names.push_back(known.name);
  throw_usage("architecture {}: not known; it is one of {}, or a .json or .toml file", name_or_file,
              fmt::join(names, ", "));
}

}  // namespace cnclip
