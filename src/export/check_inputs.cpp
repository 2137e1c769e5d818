#include "cnclip/tokenizer.h"
#include "export/check.h"
#include "synth/captions.h"
#include "synth/draw.h"

namespace cnclip {

CheckInputs drawn_check_inputs(int image_size, int context_length) {
  constexpr int kScenes = 4;
  CheckInputs inputs;
  inputs.source = "drawn";
  const auto picture = static_cast<std::size_t>(3 * image_size * image_size);
  inputs.pixels.resize(kScenes * picture);
  std::vector<std::string> texts{"猫"};
  std::string all;
  Random random(1);
  for (std::size_t i = 0; i < kScenes; ++i) {
    const synth::Scene scene = synth::random_scene(random, synth::Novelty::known);
    const Image image = synth::draw(scene, synth::place_objects(scene, random), 96, random);
    preprocess_u8(image, image_size, std::span(inputs.pixels).subspan(i * picture, picture));
    texts.push_back(synth::random_caption(scene, random, synth::Language::zh).text);
    all += texts.back();
  }
  while (all.size() < 3 * static_cast<std::size_t>(context_length)) all += all;  // three bytes a character
  texts.push_back(all);
  for (const std::string& text : texts) inputs.texts.push_back(Tokenizer::chinese().encode(text, context_length).ids);
  return inputs;
}

}  // namespace cnclip
