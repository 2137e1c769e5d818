#include "base/error.h"
#include "bench/bench.h"
#include "cli/calibration_options.h"
#include "cli/data_options.h"
#include "cnclip/encoder.h"
#include "encode/model_identity.h"
#include "encode/model_store.h"
#include "eval/retrieval/evaluate_split.h"
#include "graph/int8.h"
#include "graph/shapes.h"
#include "model/towers.h"

namespace cnclip {
namespace {

struct Options {
  std::string model, output, evaluate, evaluate_split;
  CalibrationChoice calibration;
  bool json = false;
};

// What one precision gives.
struct Row {
  std::string precision;
  double megabytes = 0;  // of weights
  double images_per_second = 0, texts_per_second = 0;
  Likeness image{}, text{};  // to f32
  std::optional<RetrievalResult> retrieval{};
};

double megabytes(const Graph& graph, const TensorMap& weights, int bytes) {
  double sum = 0;
  for (const Node& node : graph.nodes) {
    for (const std::string& name : weights_of(node.op)) {
      const Shape& shape = weights.at(name).shape;
      const auto count = static_cast<double>(element_count(shape));
      const bool matrix = shape.size() > 1;
      sum += count * (!matrix ? 4 : input_step(node.op) != 0 ? 1 : bytes);
      if (matrix && input_step(node.op) != 0) sum += 4.0 * static_cast<double>(shape[0]);
    }
  }
  return sum / 1e6;
}

double megabytes(const Checkpoint& checkpoint, const Quantization& quantization, int bytes) {
  TensorMap weights = checkpoint.weights;
  Graph image = image_tower(checkpoint.config), text = text_tower(checkpoint.config);
  quantize(image, weights, quantization.image);
  quantize(text, weights, quantization.text);
  return megabytes(image, weights, bytes) + megabytes(text, weights, bytes);
}

struct Features {
  std::vector<float> images, texts;
};

// Speed on the samples; features and recall of the evaluation split, or features of the samples where there is none.
Features measure(Row& row, const Options& options, const CalibrationSamples& samples, const Dataset* evaluation) {
  EncoderOptions encoding;
  encoding.precision = row.precision;
  encoding.threads = options.calibration.threads;
  if (row.precision == "int8") encoding.quantization = options.output;
  Encoder encoder(options.model, encoding);
  std::vector<Tokens> texts;
  for (std::size_t i = 0, at = 0; i < samples.lengths.size(); ++i) {
    const auto length = static_cast<std::size_t>(samples.lengths[i]);
    texts.push_back({{&samples.ids[at], &samples.ids[at] + length}, false});
    at += length;
  }
  Features features{encoder.encode_pixels(samples.pixels).values, encoder.encode_tokens(texts).values};
  row.images_per_second =
      static_cast<double>(samples.images) / median_seconds([&] { encoder.encode_pixels(samples.pixels); });
  row.texts_per_second = static_cast<double>(texts.size()) / median_seconds([&] { encoder.encode_tokens(texts); });
  if (evaluation == nullptr) return features;
  SplitSettings settings;
  settings.name = options.evaluate;
  const EncodedSplit split = encode_split(encoder, *evaluation, settings);
  row.retrieval = evaluate_retrieval(split, {options.calibration.threads, {}});
  const auto values = [](const FeatureSet& set) {
    return std::vector<float>(set.rows.data<float>().begin(), set.rows.data<float>().end());
  };
  return {values(split.images), values(split.texts)};
}

Json json_of(const Likeness& likeness) {
  return {{"mean", likeness.mean}, {"least", likeness.least}};
}

Json json_of(const Row& row) {
  Json json{{"precision", row.precision},
            {"weights_mb", row.megabytes},
            {"images_per_second", row.images_per_second},
            {"texts_per_second", row.texts_per_second},
            {"cosine", {{"images", json_of(row.image)}, {"texts", json_of(row.text)}}}};
  if (row.retrieval) {
    const auto recall = [](const RecallScores& scores) {
      return Json{{"r1", scores.r1}, {"r5", scores.r5}, {"r10", scores.r10}, {"mean_recall", scores.mean}};
    };
    json["text_to_image"] = recall(row.retrieval->text_to_image.recall);
    json["image_to_text"] = recall(row.retrieval->image_to_text.recall);
  }
  return json;
}

void print(const std::vector<Row>& rows) {
  fmt::print("{:9} {:>10} {:>10} {:>10} {:>19} {:>19}", "precision", "weights", "images/s", "texts/s",
             "image cosine, least", "text cosine, least");
  if (rows[0].retrieval) fmt::print("   text to image R@1/5/10   image to text R@1/5/10");
  fmt::print("\n");
  for (const Row& row : rows) {
    fmt::print("{:9} {:>7.1f} MB {:>10.1f} {:>10.1f} {:>11.5f} {:.5f} {:>11.5f} {:.5f}", row.precision, row.megabytes,
               row.images_per_second, row.texts_per_second, row.image.mean, row.image.least, row.text.mean,
               row.text.least);
    if (row.retrieval) {
      for (const Direction* direction : {&row.retrieval->text_to_image, &row.retrieval->image_to_text}) {
        const RecallScores& r = direction->recall;
        fmt::print("   {:22}", fmt::format("{:.2f} / {:.2f} / {:.2f}", r.r1, r.r5, r.r10));
      }
    }
    fmt::print("\n");
  }
}

void run(Options options) {
  const std::filesystem::path model = resolve_model(options.model);
  if (options.output.empty()) options.output = quantization_beside(model).string();
  if (options.evaluate.empty() && !options.evaluate_split.empty())
    throw_usage("--evaluate-split {}: of which data set? --evaluate names it", options.evaluate_split);
  const auto evaluation = options.evaluate.empty() ? nullptr : open_dataset(options.evaluate, options.evaluate_split);
  const Checkpoint checkpoint = load_checkpoint(model);
  const auto engine = make_engine("");
  if (engine->name() != "openvino") throw_unavailable("quantize: needs engine openvino, which is not in this build");
  const CalibrationResult calibrated = calibrate_model(checkpoint, *engine, options.calibration);
  write_quantization(options.output, calibrated.quantization, remembered_fingerprint(checkpoint));
  note(fmt::format("{}: written, {} pictures and {} texts seen", options.output, calibrated.samples.images,
                   calibrated.samples.lengths.size()));

  std::vector<Row> rows;
  rows.push_back({"f32", megabytes(checkpoint, {}, 4)});
  const bool bf16 = engine->best_precision() == Precision::bf16;
  if (bf16) rows.push_back({"bf16", megabytes(checkpoint, {}, 2)});
  rows.push_back({"int8", megabytes(checkpoint, calibrated.quantization, bf16 ? 2 : 4)});
  Features wanted;
  for (Row& row : rows) {
    const Features features = measure(row, options, calibrated.samples, evaluation.get());
    if (&row == &rows[0]) wanted = features;
    row.image = likeness(features.images, wanted.images, checkpoint.config.embed_dim);
    row.text = likeness(features.texts, wanted.texts, checkpoint.config.embed_dim);
  }
  if (!options.json) return print(rows);
  Json json{{"quantization", options.output},
            {"pictures", calibrated.samples.images},
            {"texts", calibrated.samples.lengths.size()}};
  for (const auto& [tower, sensitivity, quantization] :
       {std::tuple{"image", &calibrated.image, &calibrated.quantization.image},
        std::tuple{"text", &calibrated.text, &calibrated.quantization.text}}) {
    json[tower] = {{"int8_layers", quantization->steps.size()},
                   {"kept_layers", sensitivity->kept},
                   {"calibration_cosine", json_of(sensitivity->after)},
                   {"calibration_cosine_all_int8", json_of(sensitivity->before)}};
  }
  for (const Row& row : rows) json["precisions"].push_back(json_of(row));
  print_json(json);
}

}  // namespace

void add_quantize(CLI::App& app) {
  auto* command = app.add_subcommand("quantize", "How a model is computed in int8, from pictures and texts like yours");
  auto options = std::make_shared<Options>();
  command->add_option("--model", options->model, "Checkpoint file, Hugging Face folder or name")->required();
  command->add_option("-o,--output", options->output, "File; default: M.int8.safetensors beside model M");
  options->calibration.add_to(*command);
  command->add_option("--threads", options->calibration.threads, "0: all cores")->check(CLI::Range(0, 1024));
  command->add_option("--evaluate", options->evaluate, "Data set whose recall is told for each precision");
  command->add_option("--evaluate-split", options->evaluate_split, "Its split");
  command->add_flag("--json", options->json, "Figures as one JSON object");
  command->callback([options] { run(*options); });
}

}  // namespace cnclip
