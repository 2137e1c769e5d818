#include "encode/model_store.h"

#include <algorithm>

#include "base/error.h"
#include "base/home.h"

namespace cnclip {

namespace fs = std::filesystem;

const std::vector<Release>& releases() {
  static const std::vector<Release> all = {
      {"RN50", "clip_cn_rn50.pt", "chinese-clip-rn50"},
      {"ViT-B-16", "clip_cn_vit-b-16.pt", "chinese-clip-vit-base-patch16"},
      {"ViT-L-14", "clip_cn_vit-l-14.pt", "chinese-clip-vit-large-patch14"},
      {"ViT-L-14-336", "clip_cn_vit-l-14-336.pt", "chinese-clip-vit-large-patch14-336px"},
      {"ViT-H-14", "clip_cn_vit-h-14.pt", "chinese-clip-vit-huge-patch14"},
  };
  return all;
}

const Release* find_release(const std::string& name) {
  const auto& all = releases();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Release& r) { return r.name == name; });
  return found == all.end() ? nullptr : &*found;
}

fs::path model_store() {
  return home_folder() / "models";
}

fs::path resolve_model(const std::string& model) {
  if (fs::exists(model)) return model;
  const fs::path store = model_store();
  std::vector<std::string> names = {model, model + ".safetensors", model + ".pt"};
  const Release* release = find_release(model);
  if (release != nullptr) names.push_back(release->file);
  for (const std::string& name : names) {
    if (model.find('/') == std::string::npos && fs::exists(store / name)) return store / name;
  }
  if (release != nullptr) {
    throw_bad_input("{}: not in the model store {}; `cnclip download {}` fetches it", model, store.string(), model);
  }
  throw_bad_input("{}: no such file, and no such model in {}", model, store.string());
}

}  // namespace cnclip
