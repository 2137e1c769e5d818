// Names of models and the files they stand for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cnclip {

// A model whose weights the official project has released.
struct Release {
  std::string name;        // "ViT-B-16"
  std::string file;        // "clip_cn_vit-b-16.pt"
  std::string repository;  // "chinese-clip-vit-base-patch16"
};
const std::vector<Release>& releases();
const Release* find_release(const std::string& name);

std::filesystem::path model_store();

// A path that exists, or a name in the model store. Throws bad_input saying where it looked.
std::filesystem::path resolve_model(const std::string& model);

}  // namespace cnclip
