#include "checkpoint/hf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/lfs.h"
#include "model/json_text.h"
#include "model/towers.h"
#include "text/vocabulary_data.h"

namespace cnclip {

using Json = nlohmann::ordered_json;

// To read with: the ordered kind looks names up in linear time, a long file would take for ever.
using Plain = nlohmann::json;

void apply_hf_config(const std::string& json, const std::string& file, ModelConfig& config) {
  const Plain root = Plain::parse(json, nullptr, false);
  if (!root.is_object()) throw_bad_input("{}: {}", file, is_lfs_pointer(json) ? kIsLfsPointer : "not a JSON object");
  static const Plain nothing = Plain::object();
  const auto part = [&](const char* name) -> const Plain& {
    const auto found = root.find(name);
    return found != root.end() && found->is_object() ? *found : nothing;
  };
  const auto integer = [&](const Plain& where, const char* key, int otherwise) {
    const auto found = where.find(key);
    if (found == where.end()) return otherwise;
    if (!found->is_number_integer() || found->get<double>() < 1 || found->get<double>() > 1e6) {
      throw_bad_input("{}: {} is {}", file, key, shown(*found));
    }
    return found->get<int>();
  };
  const auto must_be = [&](const Plain& where, const char* key, const char* wanted) {
    const auto found = where.find(key);
    if (found == where.end() || *found == wanted) return;
    throw_bad_input("{}: {} is {}, \"{}\" is needed", file, key, shown(*found), wanted);
  };
  const auto epsilon = [&](const Plain& where, float wanted) {
    const auto found = where.find("layer_norm_eps");
    if (found == where.end() || (found->is_number() && found->get<float>() == wanted)) return;
    throw_bad_input("{}: layer_norm_eps is {}, {} is needed", file, shown(*found), wanted);
  };
  const Plain &vision = part("vision_config"), &text = part("text_config");
  must_be(root, "model_type", "chinese_clip");
  must_be(vision, "hidden_act", "quick_gelu");
  must_be(text, "hidden_act", "gelu");
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
