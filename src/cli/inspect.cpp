#include "base/error.h"
#include "base/sha256.h"
#include "checkpoint/load.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "encode/model_store.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "model/parameters.h"
#include "model/towers.h"

namespace cnclip {
namespace {

struct Options {
  std::string path;
  bool json = false, tensors = false, graph = false, optimized = false;
};

void print_graphs(const Options& options) {
  const Checkpoint checkpoint = load_checkpoint(resolve_model(options.path));
  for (Graph graph : {image_tower(checkpoint.config), text_tower(checkpoint.config)}) {
    TensorMap weights = checkpoint.weights;
    if (options.optimized) optimize(graph, weights);
    fmt::print("{}", print(graph, verify(graph, weights)));
  }
}

// Of a checkpoint that is no model of ours, whose buffers and optimizer state nobody can tell apart.
std::int64_t element_count_of(const TensorMap& tensors) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tensors) count += element_count(tensor.shape);
  return count;
}

void inspect(const Options& options) {
  if (options.graph) return print_graphs(options);
  const auto path = resolve_model(options.path);
  const RawCheckpoint raw = read_raw(path);
  const Convention convention = convention_of(raw.tensors);
  Json report = {{"file", path.string()}, {"container", raw.container}, {"kind", describe(convention)}};
  report["architecture"] = nullptr;
  report["parameters"] = element_count_of(raw.tensors);
  if (convention == Convention::official || convention == Convention::hugging_face) {
    try {
      const TensorMap official = to_official(raw.tensors, path.string());
      const ModelConfig config = config_of(raw, official, path);
      fit(official, config, path);
      report["architecture"] = config.name;
      report["config"] = Json::parse(to_json(config));
      report["parameters"] = parameter_count(config);
    } catch (const Error& error) {
      report["problem"] = error.what();
    }
  }
  report["metadata"] = raw.metadata;
  if (!options.json) {
    for (const auto& [key, value] : report.items()) {
      if (!value.is_object())
        fmt::print("{:<13}{}\n", key + ":", value.is_string() ? value.get<std::string>() : value.dump());
    }
    for (const auto& [key, value] : raw.metadata) fmt::print("{:<13}{} = {}\n", "metadata:", key, value);
  }
  report["tensors"] = Json::array();
  if (options.tensors || options.json) {
    for (const auto& [name, tensor] : raw.tensors) {
      Json entry = {{"name", name}, {"dtype", name_of(tensor.dtype)}, {"shape", tensor.shape}};
      if (options.tensors) entry["sha256"] = sha256_hex(tensor.load().bytes());
      if (options.json)
        report["tensors"].push_back(entry);
      else
        fmt::print("  {} {} {} {}\n", name, name_of(tensor.dtype), to_string(tensor.shape),
                   entry["sha256"].get<std::string>());
    }
  }
  if (options.json) print_json(report);
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto* command = app.add_subcommand("inspect", "What a checkpoint holds, and whether it fits an architecture");
  auto options = std::make_shared<Options>();
  command->add_option("checkpoint", options->path, "File, folder or name")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->add_flag("--tensors", options->tensors, "Every tensor with its digest");
  command->add_flag("--graph", options->graph, "The graphs of both towers");
  command->add_flag("--optimized", options->optimized, "With --graph: after the passes that engines run");
  command->callback([options] { inspect(*options); });
}

}  // namespace cnclip
