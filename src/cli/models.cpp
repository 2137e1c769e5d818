#include "cli/commands.h"
#include "cli/output.h"
#include "encode/model_store.h"
#include "model/parameters.h"

namespace cnclip {

void add_models(CLI::App& app) {
  auto* command = app.add_subcommand("models", "The architectures: parameters, sizes, operations, released weights");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print JSON");
  command->callback([json] {
    Json all = Json::array();
    if (!*json) {
      fmt::print("{:<14}{:>13}{:>7}{:>7}{:>16}{:>15}  {}\n", "name", "parameters", "image", "embed", "GMAC an image",
                 "GMAC a text", "released as");
    }
    for (const ModelConfig& config : architectures()) {
      const Release* release = find_release(config.name);
      const std::int64_t count = parameter_count(config), image = image_macs(config), text = text_macs(config, 52);
      if (!*json) {
        fmt::print("{:<14}{:>13}{:>7}{:>7}{:>16.2f}{:>15.2f}  {}\n", config.name, count, config.image_size,
                   config.embed_dim, static_cast<double>(image) * 1e-9, static_cast<double>(text) * 1e-9,
                   release != nullptr ? release->file : "-");
        continue;
      }
      Json entry = {{"name", config.name},           {"parameters", count}, {"image_size", config.image_size},
                    {"embed_dim", config.embed_dim}, {"image_macs", image}, {"text_macs_52_tokens", text}};
      entry["config"] = Json::parse(to_json(config));
      if (release != nullptr) {
        entry["file"] = release->file;
        entry["repository"] = release->repository;
      }
      all.push_back(entry);
    }
    if (*json) print_json(all, 2);
  });
}

}  // namespace cnclip
