#include "base/error.h"
#include "base/file.h"
#include "cli/data_options.h"
#include "cli/encoder_options.h"
#include "cli/progress.h"
#include "eval/retrieval/evaluate_split.h"
#include "eval/retrieval/official_files.h"
#include "eval/retrieval/page.h"
#include "eval/retrieval/predictions.h"
#include "vectors/read_features.h"

namespace cnclip {
namespace {

struct Options {
  DatasetChoice dataset;
  EncoderChoice encoder;
  std::string image_features, text_features, texts, predictions, output, page;
  bool skip_broken = false, json = false;
};

Json figures(const Direction& direction) {
  return {{"r1", direction.recall.r1},
          {"r5", direction.recall.r5},
          {"r10", direction.recall.r10},
          {"mean_recall", direction.recall.mean},
          {"queries", direction.first_hit.size()},
          {"without_answers", direction.without_answers},
          {"candidates", direction.candidates}};
}

void print_row(const Direction& direction) {
  const RecallScores& recall = direction.recall;
  const std::string name = fmt::format("{} to {}", direction.truth.query_word(), direction.truth.answer_word());
  fmt::print("{:14} {:8.2f} {:8.2f} {:8.2f} {:8.2f}   {} queries, {} candidates{}\n", name, recall.r1, recall.r5,
             recall.r10, recall.mean, direction.first_hit.size(), direction.candidates,
             direction.without_answers > 0
                 ? fmt::format(", {} queries without a right answer are misses", direction.without_answers)
                 : "");
}

void print_head() {
  fmt::print("{:14} {:>8} {:>8} {:>8} {:>8}\n", "percent", "R@1", "R@5", "R@10", "mean");
}

void note_small(const Direction& direction) {
  if (direction.candidates < kRetrievalDepth) {
    note(fmt::format("{} to {}: only {} candidates, R@{} is always reached where there is an answer",
                     direction.truth.query_word(), direction.truth.answer_word(), direction.candidates,
                     kRetrievalDepth));
  }
}

void note_lengths(const char* what, const LengthRange& range) {
  if (!range.unit()) {
    note(
        fmt::format("{} features are {:.4g} to {:.4g} long, not 1: dot products are ranked as they are, like the "
                    "official scripts do",
                    what, range.least, range.most));
  }
}

// Empty where nothing was.
std::string left_out(const RetrievalResult& result) {
  if (result.images_left_out + result.texts_left_out == 0) return {};
  return fmt::format("left out: {} broken images, {} texts that are broken or lost all their images",
                     result.images_left_out, result.texts_left_out);
}

void print(const RetrievalResult& result, const Options& options) {
  if (isatty(2) != 0) note("");  // behind the counts
  if (!options.output.empty()) write_official_files(options.output, result);
  note_lengths("image", result.image_lengths);
  note_lengths("text", result.text_lengths);
  for (const Direction* direction : {&result.text_to_image, &result.image_to_text}) note_small(*direction);
  const double mean = (result.text_to_image.recall.mean + result.image_to_text.recall.mean) / 2;
  if (options.json) {
    print_json({{"text_to_image", figures(result.text_to_image)},
                {"image_to_text", figures(result.image_to_text)},
                {"mean_recall", mean},
                {"images", result.images.size()},
                {"texts", result.texts.size()},
                {"left_out", {{"images", result.images_left_out}, {"texts", result.texts_left_out}}}});
    return;
  }
  print_head();
  print_row(result.text_to_image);
  print_row(result.image_to_text);
  fmt::print("mean recall of both: {:.2f}\n", mean);
  if (const std::string left = left_out(result); !left.empty()) fmt::print("{}\n", left);
}

void judge_features(const Options& options) {
  const IdLists truth = read_id_lists(options.texts);
  const FeatureSet images = read_features(options.image_features, "image_id");
  const FeatureSet texts = read_features(options.text_features, "text_id");
  RetrievalSettings settings;
  settings.threads = options.encoder.options.threads;
  settings.progress = terminal_progress();
  print(evaluate_retrieval(images, texts, truth, settings), options);
}

RetrievalPageHeader page_header(const Options& options, const RetrievalResult& result) {
  RetrievalPageHeader header{options.dataset.source, options.encoder.model, {}};
  header.notes.push_back(fmt::format("{} pictures, {} captions, precision {}", result.images.size(),
                                     result.texts.size(), options.encoder.options.precision));
  if (const std::string left = left_out(result); !left.empty()) header.notes.push_back(left);
  return header;
}

void judge_model(const Options& options) {
  const auto dataset = options.dataset.open();
  Encoder encoder(options.encoder.model, options.encoder.options);
  SplitSettings settings;
  settings.name = options.dataset.source;
  settings.encode.context_length = options.encoder.options.context_length;
  settings.encode.progress = terminal_progress();
  settings.skip_broken = options.skip_broken;
  const EncodedSplit split = encode_split(encoder, *dataset, settings);
  const RetrievalResult result = evaluate_retrieval(split, {options.encoder.options.threads, {}});
  if (!options.page.empty()) {
    write_file(options.page, retrieval_page(page_header(options, result), result, split.images, split.texts, *dataset));
  }
  print(result, options);
}

void judge_predictions(const Options& options) {
  const Direction direction = evaluate_predictions(read_id_lists(options.predictions), read_id_lists(options.texts));
  const bool by_text = direction.truth.kind == RetrievalKind::text_to_image;
  if (!options.output.empty()) {
    write_folder(options.output, [&](const std::filesystem::path& folder) {
      write_file(folder / (by_text ? "result.json" : "tr_result.json"),
                 official_result(direction.recall).dump() + "\n");
    });
  }
  note_small(direction);
  if (options.json) {
    print_json({{by_text ? "text_to_image" : "image_to_text", figures(direction)}});
    return;
  }
  print_head();
  print_row(direction);
}

// Which of the three was asked for: what it needs, and nothing of the others.
void judge(const Options& options) {
  const bool features = !options.image_features.empty() || !options.text_features.empty();
  const bool model = !options.encoder.model.empty() || !options.dataset.source.empty();
  const bool predictions = !options.predictions.empty();
  if (features + model + predictions != 1)
    throw_usage("a data set with --model, or --image-features with --text-features, or --predictions: one of them");
  if (model && (options.encoder.model.empty() || options.dataset.source.empty() || !options.texts.empty()))
    throw_usage("a model is judged on a data set: DATA --model M [--split NAME], without --texts");
  if (features && (options.image_features.empty() || options.text_features.empty() || options.texts.empty()))
    throw_usage("features are judged by --image-features, --text-features and --texts together");
  if (predictions && options.texts.empty()) throw_usage("--predictions are judged by --texts");
  if (options.skip_broken && !model) throw_usage("--skip-broken is for pictures: a data set with --model");
  if (!options.page.empty() && !model) throw_usage("--page shows pictures: a data set with --model");
  if (features) judge_features(options);
  if (model) judge_model(options);
  if (predictions) judge_predictions(options);
}

}  // namespace

void add_eval_retrieval(CLI::App& group) {
  auto* command = group.add_subcommand("retrieval", "Recall of texts to images and images to texts, as published");
  auto options = std::make_shared<Options>();
  options->dataset.add_to(*command);
  options->encoder.options.precision = "f32";  // as the official scripts
  options->encoder.add_to(*command);
  command->get_option("source")->required(false);
  command->get_option("--model")->required(false);
  command->add_option("--image-features", options->image_features, ".npy with .ids.txt, or official .jsonl");
  command->add_option("--text-features", options->text_features, ".npy with .ids.txt, or official .jsonl");
  command->add_option("--predictions", options->predictions, "Official predictions of either direction");
  command->add_option("--texts", options->texts, "The truth of features or predictions: *_texts.jsonl, or .tr.jsonl");
  command->add_option("-o,--output", options->output, "Folder for the official predictions and result files");
  command->add_option("--page", options->page, "HTML file: scores, and the worst failures as pictures; with --model");
  command->add_flag("--skip-broken", options->skip_broken, "Leave out broken pictures and captions, and say how many");
  command->add_flag("--json", options->json, "Figures as one JSON object");
  command->callback([options] { judge(*options); });
}

}  // namespace cnclip
