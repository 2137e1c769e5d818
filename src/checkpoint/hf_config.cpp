#include "checkpoint/hf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/towers.h"
#include "text/vocabulary_data.h"

namespace cnclip {

using Json = nlohmann::ordered_json;

void apply_hf_config(const std::string& json, const std::string& file, ModelConfig& config) {
  const Json root = Json::parse(json, nullptr, false);
  if (!root.is_object()) throw_bad_input("{}: not a JSON object", file);
  const std::string type = root.value("model_type", "chinese_clip");
  if (type != "chinese_clip") throw_bad_input("{}: model_type is \"{}\", \"chinese_clip\" is needed", file, type);
  const auto part = [&](const char* name) {
    return root.contains(name) && root[name].is_object() ? root[name] : Json::object();
  };
  const auto integer = [&](const Json& where, const char* key, int otherwise) {
    if (!where.contains(key)) return otherwise;
    if (!where[key].is_number_integer() || where[key].get<double>() < 1 || where[key].get<double>() > 1e6) {
      throw_bad_input("{}: {} is {}", file, key, where[key].dump());
    }
    return where[key].get<int>();
  };
  const auto activation = [&](const Json& where, const char* wanted) {
    const Json value = where.value("hidden_act", Json(wanted));
    if (value != wanted) throw_bad_input("{}: hidden_act is {}, \"{}\" is needed", file, value.dump(), wanted);
  };
  const auto epsilon = [&](const Json& where, float wanted) {
    const Json value = where.contains("layer_norm_eps") ? where["layer_norm_eps"] : Json(wanted);
    if (!value.is_number() || value.get<float>() != wanted) {
      throw_bad_input("{}: layer_norm_eps is {}, {} is needed", file, value.dump(), wanted);
    }
  };
  const Json vision = part("vision_config"), text = part("text_config");
  activation(vision, "quick_gelu");
  activation(text, "gelu");
  epsilon(vision, 1e-5f);
  epsilon(text, config.text.epsilon);
  const auto same = [&](const char* what, int said, int found) {
    if (said != found) throw_bad_input("{}: {} is {}, the weights have {}", file, what, said, found);
  };
  if (auto* vit = std::get_if<VitConfig>(&config.vision)) {
    same("vision_config num_hidden_layers", integer(vision, "num_hidden_layers", 12), vit->layers);
    same("vision_config image_size", integer(vision, "image_size", 224), config.image_size);
    const int heads = integer(vision, "num_attention_heads", 12);
    if (vit->width % heads != 0) throw_bad_input("{}: {} heads do not divide the width {}", file, heads, vit->width);
    vit->head_width = vit->width / heads;
  }
  same("text_config num_hidden_layers", integer(text, "num_hidden_layers", 12), config.text.layers);
  config.text.heads = integer(text, "num_attention_heads", 12);
  for (const ModelConfig& known : architectures()) {
    if (known.same_sizes(config)) config.name = known.name;
  }
}

std::vector<std::pair<std::string, std::string>> hf_side_files(const ModelConfig& config, DType dtype) {
  const auto& vit = std::get<VitConfig>(config.vision);
  const std::string torch_dtype = dtype == DType::f16 ? "float16" : dtype == DType::bf16 ? "bfloat16" : "float32";
  const Json model = {{"architectures", {"ChineseCLIPModel"}},
                      {"model_type", "chinese_clip"},
                      {"projection_dim", config.embed_dim},
                      {"logit_scale_init_value", 2.6592},
                      {"torch_dtype", torch_dtype},
                      {"text_config",
                       {{"model_type", "chinese_clip_text_model"},
                        {"vocab_size", config.text.vocab_size},
                        {"hidden_size", config.text.hidden_size},
                        {"num_hidden_layers", config.text.layers},
                        {"num_attention_heads", config.text.heads},
                        {"intermediate_size", config.text.intermediate_size},
                        {"hidden_act", "gelu"},
                        {"hidden_dropout_prob", shortest(config.text.dropout)},
                        {"attention_probs_dropout_prob", shortest(config.text.dropout)},
                        {"max_position_embeddings", config.text.max_positions},
                        {"type_vocab_size", config.text.type_vocab_size},
                        {"layer_norm_eps", 1e-12},
                        {"pad_token_id", 0}}},
                      {"vision_config",
                       {{"model_type", "chinese_clip_vision_model"},
                        {"hidden_size", vit.width},
                        {"intermediate_size", 4 * vit.width},
                        {"num_hidden_layers", vit.layers},
                        {"num_attention_heads", vit.heads()},
                        {"image_size", config.image_size},
                        {"patch_size", vit.patch_size},
                        {"projection_dim", config.embed_dim},
                        {"hidden_act", "quick_gelu"},
                        {"layer_norm_eps", 1e-5}}}};
  const Json size = {{"height", config.image_size}, {"width", config.image_size}};
  const auto decimals = [](const std::array<float, 3>& values) {
    return Json::array({shortest(values[0]), shortest(values[1]), shortest(values[2])});
  };
  const Json processor = {{"image_processor_type", "ChineseCLIPImageProcessor"},
                          {"do_convert_rgb", true},
                          {"do_resize", true},
                          {"size", size},
                          {"resample", 3},
                          {"do_center_crop", false},
                          {"crop_size", size},
                          {"do_rescale", true},
                          {"rescale_factor", 1.0 / 255.0},
                          {"do_normalize", true},
                          {"image_mean", decimals(kPixelMean)},
                          {"image_std", decimals(kPixelStd)}};
  const Json tokenizer = {{"tokenizer_class", "BertTokenizer"},
                          {"do_lower_case", true},
                          {"model_max_length", 52},
                          {"unk_token", "[UNK]"},
                          {"sep_token", "[SEP]"},
                          {"pad_token", "[PAD]"},
                          {"cls_token", "[CLS]"},
                          {"mask_token", "[MASK]"}};
  std::vector<std::pair<std::string, std::string>> files = {{"config.json", model.dump(2) + "\n"},
                                                            {"preprocessor_config.json", processor.dump(2) + "\n"},
                                                            {"tokenizer_config.json", tokenizer.dump(2) + "\n"}};
  const std::string_view vocabulary = embedded_vocabulary();
  if (std::count(vocabulary.begin(), vocabulary.end(), '\n') == config.text.vocab_size) {
    files.emplace_back("vocab.txt", vocabulary);
  }
  return files;
}

}  // namespace cnclip
