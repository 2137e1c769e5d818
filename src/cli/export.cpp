#include <array>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "cli/calibration_options.h"
#include "cli/output.h"
#include "encode/model_store.h"
#include "export/manifest.h"
#include "model/towers.h"

namespace cnclip {

void add_export(CLI::App& app) {
  struct Options {
    std::string format, model, output, dtype = "f32", quantization;
    bool int8 = false;
    CalibrationChoice calibration;

    Quantization quantize(const Checkpoint& checkpoint, const std::filesystem::path& file) const {
      if (!int8 && (calibration.given() || !quantization.empty()))
        throw_usage("--calibration and --quantization are for --int8");
      if (!int8) return {};
      if (!calibration.given()) {
        return read_quantization(quantization.empty() ? quantization_beside(file) : std::filesystem::path(quantization),
                                 checkpoint);
      }
      if (!quantization.empty()) throw_usage("--calibration makes what --quantization {} has", quantization);
      const auto engine = make_engine("");
      return calibrate_model(checkpoint, *engine, calibration).quantization;
    }
  };
  auto* command = app.add_subcommand("export", "The towers for other engines: image.onnx, text.onnx, manifest.json");
  auto options = std::make_shared<Options>();
  command->add_option("format", options->format, "onnx")->required()->check(CLI::IsMember({"onnx"}));
  command->add_option("--model", options->model, "Checkpoint file, Hugging Face folder or name")->required();
  command->add_option("-o,--output", options->output, "Folder")->required();
  command->add_option("--dtype", options->dtype, "Of weights and arithmetic")->check(CLI::IsMember({"f32", "f16"}));
  command->add_flag("--int8", options->int8, "Layers in int8, as --calibration or --quantization say");
  command->add_option(
      "--quantization", options->quantization,
      "With --int8: the file of `cnclip quantize`; default, without --calibration: the one beside the model");
  options->calibration.add_to(*command);
  command->callback([options] {
    const std::filesystem::path file = resolve_model(options->model);
    const Checkpoint checkpoint = load_checkpoint(file);
    const Quantization quantization = options->quantize(checkpoint, file);
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
    info.image_int8_layers = quantization.image.steps.size();
    info.text_int8_layers = quantization.text.steps.size();
    info.logit_scale = std::exp(checkpoint.weights.at("logit_scale").load().to(DType::f32).data<float>()[0]);
    std::array<bool, 2> external{};
    write_folder(options->output, [&](const std::filesystem::path& folder) {
      const auto tower = [&](Graph graph, const TowerQuantization& layers, const char* name) {
        TensorMap weights = checkpoint.weights;
        quantize(graph, weights, layers);
        return export_onnx(graph, weights, folder / name, onnx);
      };
      const OnnxModel image = tower(image_tower(checkpoint.config), quantization.image, "image.onnx");
      const OnnxModel text = tower(text_tower(checkpoint.config), quantization.text, "text.onnx");
      write_manifest(folder, info, image, text);
      external = {image.files.size() > 1, text.files.size() > 1};
    });
    // An earlier export's external weights would only mislead.
    const std::filesystem::path folder = options->output;
    if (!external[0]) std::filesystem::remove(folder / "image.onnx.data");
    if (!external[1]) std::filesystem::remove(folder / "text.onnx.data");
    note(fmt::format("{}: image.onnx, text.onnx, manifest.json ({}, {}{})", options->output, checkpoint.config.name,
                     options->dtype, options->int8 ? ", int8" : ""));
  });
}

}  // namespace cnclip
