#include "recipe/freeze.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace cnclip {
namespace {

// The number behind `prefix`, or -1 where `name` does not begin so.
int number_behind(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return -1;
  int number = -1;
  std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
  return number;
}

// The number of an entry such as "vision.blocks<6", at most `of`; -1 where it is no such entry.
int blocks_of(std::string_view prefix, std::string_view entry, int of) {
  const int blocks = number_behind(prefix, entry);
  if (blocks < 0 || entry != fmt::format("{}{}", prefix, blocks)) return -1;
  if (blocks > of) throw_usage("\"{}\": there are {} blocks", entry, of);
  return blocks;
}

}  // namespace

Freeze::Freeze(const std::vector<std::string>& entries, const ModelConfig& config) {
  const auto* vit = std::get_if<VitConfig>(&config.vision);
  resnet_ = vit == nullptr;
  vision_of_ = resnet_ ? 4 : vit->layers;
  text_of_ = config.text.layers;
  for (const std::string& entry : entries) {
    if (entry == "vision") {
      vision_blocks_ = vision_of_ + 1;
    } else if (entry == "text") {
      text_blocks_ = text_of_ + 1;
    } else if (entry == "embeddings") {
      embeddings_ = true;
    } else if (entry == "logit_scale") {
      logit_scale_ = true;
    } else if (entry == "text_projection") {
      text_projection_ = true;
    } else if (const int vision = blocks_of("vision.blocks<", entry, vision_of_); vision >= 0) {
      vision_blocks_ = std::max(vision_blocks_, vision);
    } else if (const int text = blocks_of("text.blocks<", entry, text_of_); text >= 0) {
      text_blocks_ = std::max(text_blocks_, text);
    } else {
      throw_usage(
          "\"{}\" is none of vision, text, embeddings, logit_scale, text_projection, vision.blocks<k, text.blocks<k",
          entry);
    }
  }
}

bool Freeze::frozen(std::string_view parameter) const {
  if (parameter == "logit_scale") return logit_scale_;
  if (parameter.starts_with("visual.")) {
    if (vision_locked()) return true;
    const bool behind = parameter.starts_with("visual.ln_post") || parameter.starts_with("visual.proj") ||
                        parameter.starts_with("visual.attnpool");
    if (behind) return false;
    // A ResNet's stages count from 1 in their names; what stands in front of the blocks goes with the first.
    const int block = resnet_ ? std::max(number_behind("visual.layer", parameter) - 1, -1)
                              : number_behind("visual.transformer.resblocks.", parameter);
    return block < vision_blocks_;
  }
  if (parameter == "text_projection") return text_projection_ || text_locked();
  if (!parameter.starts_with("bert.")) return false;  // a head of the training
  if (text_locked()) return true;
  if (parameter.starts_with("bert.embeddings.")) return embeddings_ || text_blocks_ >= 0;
  return number_behind("bert.encoder.layer.", parameter) < text_blocks_;
}

}  // namespace cnclip
