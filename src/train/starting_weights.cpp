#include "train/starting_weights.h"

#include "base/error.h"
#include "checkpoint/save.h"

namespace cnclip {

Checkpoint weights_for(const ModelConfig& arch, const std::filesystem::path& file) {
  Checkpoint checkpoint = load_checkpoint(file);
  ModelConfig wanted = checkpoint.config;
  wanted.image_size = arch.image_size;      // the table of positions can be resized
  wanted.text.dropout = arch.text.dropout;  // no sizes, these two
  wanted.text.initializer_range = arch.text.initializer_range;
  if (!wanted.same_sizes(arch)) {
    throw_bad_input("{}: is a {}, the recipe trains a {}: {} is not {}", file.string(), checkpoint.config.name,
                    arch.name, to_json(checkpoint.config), to_json(arch));
  }
  checkpoint.weights = fit(checkpoint.weights, arch, file);
  checkpoint.config = arch;
  return checkpoint;
}

Checkpoint starting_weights(const Recipe& recipe) {
  const ModelRecipe& model = recipe.model;
  if (!model.init.empty()) return weights_for(model.arch, model.init);
  const auto file = [](const std::string& path) {
    return path.empty() ? std::nullopt : std::optional<std::filesystem::path>(path);
  };
  return initial_checkpoint(model.arch, recipe.run.seed, file(model.vision_init), file(model.text_init));
}

}  // namespace cnclip
