#include <array>
#include <cmath>

#include "base/file.h"
#include "checkpoint/load.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "encode/model_store.h"
#include "export/manifest.h"
#include "model/towers.h"

namespace cnclip {

void add_export(CLI::App& app) {
  struct Options {
    std::string format, model, output, dtype = "f32";
  };
  auto* command = app.add_subcommand("export", "The towers for other engines: image.onnx, text.onnx, manifest.json");
  auto options = std::make_shared<Options>();
  command->add_option("format", options->format, "onnx")->required()->check(CLI::IsMember({"onnx"}));
  command->add_option("--model", options->model, "Checkpoint file, Hugging Face folder or name")->required();
  command->add_option("-o,--output", options->output, "Folder")->required();
  command->add_option("--dtype", options->dtype, "Of weights and arithmetic")->check(CLI::IsMember({"f32", "f16"}));
  command->callback([options] {
    const Checkpoint checkpoint = load_checkpoint(resolve_model(options->model));
    OnnxOptions onnx;
    onnx.dtype = options->dtype == "f16" ? DType::f16 : DType::f32;
    onnx.producer_version = CNCLIP_VERSION;
    ManifestInfo info;
    info.producer_version = CNCLIP_VERSION;
    info.model = checkpoint.config.name;
    info.architecture = to_json(checkpoint.config);
    info.image_size = checkpoint.config.image_size;
    info.mean = kPixelMean;
    info.std = kPixelStd;
    info.dtype = onnx.dtype;
    info.logit_scale = std::exp(checkpoint.weights.at("logit_scale").load().to(DType::f32).data<float>()[0]);
    std::array<bool, 2> external{};
    write_folder(options->output, [&](const std::filesystem::path& folder) {
      const auto tower = [&](const Graph& graph, const char* file) {
        return export_onnx(graph, checkpoint.weights, folder / file, onnx);
      };
      const OnnxModel image = tower(image_tower(checkpoint.config), "image.onnx");
      const OnnxModel text = tower(text_tower(checkpoint.config), "text.onnx");
      write_manifest(folder, info, image, text);
      external = {image.files.size() > 1, text.files.size() > 1};
    });
    // An earlier export's external weights would only mislead.
    const std::filesystem::path folder = options->output;
    if (!external[0]) std::filesystem::remove(folder / "image.onnx.data");
    if (!external[1]) std::filesystem::remove(folder / "text.onnx.data");
    note(fmt::format("{}: image.onnx, text.onnx, manifest.json ({}, {})", options->output, checkpoint.config.name,
                     options->dtype));
  });
}

}  // namespace cnclip
