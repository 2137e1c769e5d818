// init and convert: checkpoints made and rewritten.
#include <charconv>

#include "base/error.h"
#include "checkpoint/save.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "encode/model_store.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

Layout layout_of(const std::string& to, const std::filesystem::path& path) {
  if (to == "safetensors" || (to.empty() && path.extension() == ".safetensors")) return Layout::safetensors;
  if (to == "official" || (to.empty() && path.extension() == ".pt")) return Layout::official;
  if (to == "hf" || (to.empty() && !path.has_extension())) return Layout::hugging_face;
  throw_usage("{}: end it in .safetensors or .pt, or say --to safetensors, official or hf", path.string());
}

// CLI11 itself takes -1, and what 64 bits do not hold, for some other number.
std::string whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good ? "" : fmt::format("{} is not a whole number of 64 bits", text);
}

std::optional<std::filesystem::path> optional_path(const std::string& text) {
  if (text.empty()) return {};
  return text;
}

}  // namespace

void add_init(CLI::App& app) {
  struct Options {
    std::string arch, vision, text, output;
    std::uint64_t seed = 0;
  };
  auto* command =
      app.add_subcommand("init", "A checkpoint to start from: random, or CLIP's image tower and BERT's text tower");
  auto options = std::make_shared<Options>();
  command->add_option("--arch", options->arch, "A name of `cnclip models`, or a .json or .toml file")->required();
  command->add_option("--seed", options->seed, "Of the random weights")->check(whole_number);
  command->add_option("--vision-init", options->vision, "CLIP checkpoint for the image tower and logit_scale");
  command->add_option("--text-init", options->text, "BERT or RoBERTa checkpoint for the text tower");
  command->add_option("-o,--output", options->output, ".safetensors, .pt, or a folder to be")->required();
  command->callback([options] {
    const Checkpoint checkpoint = initial_checkpoint(architecture_from(options->arch), options->seed,
                                                     optional_path(options->vision), optional_path(options->text));
    save_checkpoint(checkpoint, options->output, layout_of("", options->output));
    note(fmt::format("{}: {} with {} parameters", options->output, checkpoint.config.name,
                     parameter_count(checkpoint.config)));
  });
}

void add_convert(CLI::App& app) {
  struct Options {
    std::string source, target, to, dtype;
  };
  auto* command = app.add_subcommand("convert", "A checkpoint in another layout; lossless where the dtype stays");
  auto options = std::make_shared<Options>();
  command->add_option("source", options->source, "File, folder or name")->required();
  command->add_option("target", options->target, "File, or folder to be")->required();
  command->add_option("--to", options->to, "Layout")->check(CLI::IsMember({"safetensors", "official", "hf"}));
  command->add_option("--dtype", options->dtype, "Of floating tensors")->check(CLI::IsMember({"f32", "f16", "bf16"}));
  command->callback([options] {
    const Checkpoint checkpoint = load_checkpoint(resolve_model(options->source));
    std::optional<DType> dtype;
    if (!options->dtype.empty())
      dtype = options->dtype == "f32" ? DType::f32 : options->dtype == "f16" ? DType::f16 : DType::bf16;
    save_checkpoint(checkpoint, options->target, layout_of(options->to, options->target), dtype);
    note(fmt::format("{}: {} ({}) written", options->target, checkpoint.config.name, checkpoint.kind));
  });
}

}  // namespace cnclip
