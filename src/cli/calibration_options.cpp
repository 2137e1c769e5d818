#include "cli/calibration_options.h"

#include "base/error.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "data/dataset.h"
#include "data/sources.h"
#include "model/towers.h"

namespace cnclip {
namespace {

struct TowerResult {
  TowerQuantization quantization;
  Sensitivity sensitivity;
};

TowerResult calibrate_tower(Engine& engine, const Graph& graph, const TensorMap& weights, const Batch& batch,
                            const CalibrationChoice& choice) {
  TowerResult made{calibrate(engine, graph, weights, batch, choice.threads), {}};
  SensitivitySettings settings;
  settings.target = choice.target;
  settings.compile.precision = engine.best_precision();
  settings.compile.threads = choice.threads;
  settings.progress = terminal_progress();
  made.sensitivity = keep_worst(engine, graph, weights, batch, made.quantization, settings);
  if (made.quantization.steps.empty()) {
    throw_bad_input("{}: no layer can be int8 at a cosine of {}; a lower --target, or other calibration data, may help",
                    graph.name, choice.target);
  }
  note(fmt::format("{}: {} layers in int8, {} kept; cosine to f32 {:.5f} (all in int8: {:.5f})", graph.name,
                   made.quantization.steps.size(), made.sensitivity.kept.size(), made.sensitivity.after.mean,
                   made.sensitivity.before.mean));
  return made;
}

}  // namespace

void CalibrationChoice::add_to(CLI::App& command) {
  command.add_option("--calibration", data, "Data set with pictures and captions like those the model will meet");
  command.add_option("--calibration-split", split, "Its split: train, valid, …");
  command.add_option("--calibration-images", images, "Instead of a data set: pictures, as `encode images` takes them");
  command.add_option("--calibration-texts", texts, "And texts, as `encode texts` takes them");
  command.add_option("--samples", samples, "Pictures and texts drawn")
      ->check(CLI::Range(kLeastSamples, std::int64_t{4096}));
  command
      .add_option("--target", target, "Mean cosine to f32 features: the layers that stand in its way stay as they are")
      ->check(CLI::Range(0.5, 1.0));
}

CalibrationSamples CalibrationChoice::draw(const Checkpoint& checkpoint) const {
  if (data.empty() == (images.empty() || texts.empty())) {
    throw_usage("calibration needs a data set, --calibration DATA, or --calibration-images with --calibration-texts");
  }
  SampleSettings settings;
  settings.count = samples;
  settings.image_size = checkpoint.config.image_size;
  settings.context_length = std::min(settings.context_length, checkpoint.config.text.max_positions);
  CalibrationSamples drawn;
  if (data.empty()) {
    draw_images(*open_images(images), images, settings, drawn);
    draw_texts(*open_texts(texts), texts, settings, drawn);
  } else {
    const auto dataset = open_dataset(data, split);
    draw_images(*dataset->images(), data, settings, drawn);
    draw_texts(*dataset->texts(), data, settings, drawn);
  }
  return drawn;
}

CalibrationResult calibrate_model(const Checkpoint& checkpoint, Engine& engine, const CalibrationChoice& choice) {
  CalibrationResult made;
  made.samples = choice.draw(checkpoint);
  TowerResult image =
      calibrate_tower(engine, image_tower(checkpoint.config), checkpoint.weights, made.samples.image_batch(), choice);
  TowerResult text =
      calibrate_tower(engine, text_tower(checkpoint.config), checkpoint.weights, made.samples.text_batch(), choice);
  made.quantization.image = std::move(image.quantization);
  made.quantization.text = std::move(text.quantization);
  made.quantization.notes = {{"pictures", std::to_string(made.samples.images)},
                             {"texts", std::to_string(made.samples.lengths.size())},
                             {"target", fmt::format("{}", choice.target)}};
  made.image = std::move(image.sensitivity);
  made.text = std::move(text.sensitivity);
  return made;
}

}  // namespace cnclip
