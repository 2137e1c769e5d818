// Checkpoints written in the layouts of the field.
#pragma once

#include <filesystem>
#include <optional>

#include "checkpoint/load.h"

namespace cnclip {

enum class Layout {
  safetensors,   // one file, official names, the configuration in its metadata
  official,      // .pt that torch.load and the official package read
  hugging_face,  // a folder that transformers reads
};

// Streams tensor by tensor; nothing is seen under the final name before it is whole. `dtype` converts floating tensors;
// without it every tensor keeps its bytes.
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path, Layout layout,
                     std::optional<DType> dtype = {});

// A checkpoint to start training from. `vision_init`: a CLIP checkpoint of OpenAI's kind (official names, TorchScript
// or CLIPModel), its image tower and logit_scale are taken; `text_init`: a BERT checkpoint. The rest is random.
Checkpoint initial_checkpoint(const ModelConfig& config, std::uint64_t seed,
                              const std::optional<std::filesystem::path>& vision_init,
                              const std::optional<std::filesystem::path>& text_init);

}  // namespace cnclip
