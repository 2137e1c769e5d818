#include "base/error.h"
#include "cli/calibration_options.h"
#include "cli/output.h"
#include "cnclip/image.h"
#include "cnclip/tokenizer.h"
#include "data/sources.h"
#include "encode/engines.h"
#include "encode/model_identity.h"
#include "encode/model_store.h"
#include "export/package.h"
#if CNCLIP_WITH_TENSORRT
#include "base/home.h"
#include "export/tensorrt/builder.h"
#endif
#include "graph/shapes.h"

namespace cnclip {
namespace {

// More would make the check no better, only longer.
constexpr std::size_t kMostCheckedImages = 16, kMostCheckedTexts = 64;

struct Options {
  std::string format, model, output, dtype = "f32", pixels = "float", features = "raw", tower = "both";
  std::string check_images, check_texts, quantization;
  bool no_check = false, int8 = false;
  CalibrationChoice calibration;
};

// Which layers are to be int8, and how.
Quantization int8_layers(const Options& options, const Checkpoint& checkpoint, const std::filesystem::path& file) {
  if (!options.int8 && (options.calibration.given() || !options.quantization.empty()))
    throw_usage("--calibration and --quantization are for --int8");
  if (!options.int8) return {};
  if (options.dtype == "f16") throw_usage("--int8 is for --dtype f32");
  if (!options.calibration.given()) {
    return read_quantization(quantization_of(file, options.quantization), checkpoint,
                             remembered_fingerprint(checkpoint));
  }
  if (!options.quantization.empty())
    throw_usage("--calibration makes what --quantization {} has", options.quantization);
  const auto engine = make_engine("");
  return calibrate_model(checkpoint, *engine, options.calibration).quantization;
}

// What the check runs on: the user's pictures and texts, the first of them, where given.
CheckInputs check_inputs(const Options& options, const ModelConfig& config) {
  const int length = context_length(config);
  CheckInputs inputs = drawn_check_inputs(config.image_size, length);
  if (!options.check_images.empty()) {
    inputs.pixels.clear();
    const auto source = open_images(options.check_images);
    const std::size_t picture = 3 * static_cast<std::size_t>(config.image_size) * config.image_size;
    for (std::size_t i = 0; i < kMostCheckedImages; ++i) {
      const auto item = source->next();
      if (!item) break;
      if (!item->error.empty()) throw_bad_input("{}", item->error);
      inputs.pixels.resize((i + 1) * picture);
      decode_preprocess_u8(std::as_bytes(std::span(item->bytes)), item->id, config.image_size,
                           std::span(inputs.pixels).subspan(i * picture));
    }
    if (inputs.pixels.empty()) throw_bad_input("{}: no pictures in it", options.check_images);
  }
  if (!options.check_texts.empty()) {
    inputs.texts.clear();
    const auto source = open_texts(options.check_texts);
    while (inputs.texts.size() < kMostCheckedTexts) {
      const auto item = source->next();
      if (!item) break;
      if (!item->error.empty()) throw_bad_input("{}", item->error);
      inputs.texts.push_back(Tokenizer::chinese().encode(item->text, length).ids);
    }
    if (inputs.texts.empty()) throw_bad_input("{}: no texts in it", options.check_texts);
  }
  const auto origin = [](const std::string& given) { return given.empty() ? "drawn" : given; };
  inputs.source = fmt::format("pictures: {}; texts: {}", origin(options.check_images), origin(options.check_texts));
  return inputs;
}

PackageOptions package_options(const Options& options, Quantization int8) {
  PackageOptions package;
  package.producer_version = package.onnx.producer_version = CNCLIP_VERSION;
  package.onnx.dtype = options.dtype == "f16" ? DType::f16 : DType::f32;
  package.onnx.byte_pixels = options.pixels == "uint8";
  package.onnx.unit_features = options.features == "unit";
  package.image = options.tower != "text";
  package.text = options.tower != "image";
  package.image_int8 = std::move(int8.image);
  package.text_int8 = std::move(int8.text);
  return package;
}

// `importer` may be null: nothing is checked. With `builder` the folder gets its engines.
void export_package(const Options& options, OnnxImporter* importer, TowerBuilder* builder) {
  const std::filesystem::path file = resolve_model(options.model);
  const Checkpoint checkpoint = load_checkpoint(file);
  const PackageOptions package = package_options(options, int8_layers(options, checkpoint, file));
  std::unique_ptr<Engine> engine;
  std::optional<PackageCheck> check;
  if (importer != nullptr) {
    engine = make_engine("");
    check.emplace(PackageCheck{{*engine, *importer}, check_inputs(options, checkpoint.config)});
  }
  for (const ManifestTower& tower :
       write_package(options.output, checkpoint, package, check ? &*check : nullptr, builder)) {
    note(fmt::format("{}/{}: {}, {}{}, {}", options.output, tower.model.files.at(0).filename().string(),
                     checkpoint.config.name, options.dtype, options.int8 ? ", int8" : "",
                     tower.check ? fmt::format("checked by {}: cosine {:.7f} or more in {} rows", tower.check->runtime,
                                               tower.check->least_cosine, tower.check->rows)
                                 : "not checked"));
  }
}

#if CNCLIP_WITH_TENSORRT
void export_tensorrt(const Options& options) {
  const auto builder = make_tensorrt_builder(home_folder() / "tensorrt");
  const auto loader = options.no_check ? nullptr : make_plan_loader();
  export_package(options, loader.get(), builder.get());
}
#else
// Its own tool builds the engines of our ONNX files.
[[noreturn]] void export_tensorrt(const Options& options) {
  const ModelConfig config = load_checkpoint(resolve_model(options.model)).config;
  const auto command = [&](const char* file, const OnnxValue& input) {
    const OnnxModel model{{file}, input, {}};
    return trtexec_command(model, tensorrt_profile(model, context_length(config)));
  };
  throw_unavailable(
      "export tensorrt: this build has no TensorRT; run `cnclip export onnx --model {} -o {}`, and there, on "
      "the machine with the GPU: {} && {}",
      options.model, options.output,
      command("image.onnx", {"image", DType::f32, {kBatch, 3, config.image_size, config.image_size}}),
      command("text.onnx", {"text", DType::i64, {kBatch, kLength}}));
}
#endif

}  // namespace

void add_export(CLI::App& app) {
  auto* command = app.add_subcommand(
      "export", "The towers for other engines: .onnx files, or .plan files of TensorRT, and manifest.json");
  auto options = std::make_shared<Options>();
  const auto choice = [&](const char* name, std::string& value, const char* help, std::vector<std::string> values) {
    command->add_option(name, value, help)->check(CLI::IsMember(std::move(values)));
  };
  command->add_option("format", options->format, "onnx, or tensorrt")
      ->required()
      ->check(CLI::IsMember({"onnx", "tensorrt"}));
  command->add_option("--model", options->model, "Checkpoint file, Hugging Face folder or name")->required();
  command->add_option("-o,--output", options->output, "Folder: new, empty, or of an earlier export, which is replaced")
      ->required();
  choice("--dtype", options->dtype, "Of weights and products", {"f32", "f16"});
  command->add_flag("--int8", options->int8, "Layers in int8, as --calibration or --quantization say");
  command->add_option("--quantization", options->quantization,
                      "For --int8: the file of `cnclip quantize`; default: the one beside the model");
  options->calibration.add_to(*command);
  choice("--pixels", options->pixels, "What image.onnx takes: normalised floats, or the pixels' bytes",
         {"float", "uint8"});
  choice("--features", options->features, "As the towers make them, or of unit length", {"raw", "unit"});
  choice("--tower", options->tower, "Which", {"image", "text", "both"});
  command->add_option("--check-images", options->check_images,
                      "Pictures to check the export on, instead of drawn ones");
  command->add_option("--check-texts", options->check_texts, "Texts to check the export on");
  command->add_flag("--no-check", options->no_check, "Do not load the files back to compare features");
  command->callback([options] {
    if (options->format == "tensorrt") return export_tensorrt(*options);
    const auto importer = options->no_check ? nullptr : make_onnx_importer(0);
    export_package(*options, importer.get(), nullptr);
  });
}

}  // namespace cnclip
