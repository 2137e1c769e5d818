#include "base/error.h"
#include "base/file.h"
#include "checkpoint/load.h"
#include "cli/classification_options.h"
#include "encode/model_store.h"
#include "eval/classification/page.h"
#include "eval/classification/submission.h"
#include "eval/classification/zero_shot.h"
#include "vectors/read_features.h"

namespace cnclip {
namespace {

using namespace classification;

struct Options {
  ClassificationChoice choice;
  std::string split = "test", prompts = "official";
  std::filesystem::path predictions, index, features, page;
};

// What the paper says of this model and data set.
std::optional<double> published(const Benchmark* benchmark, const std::string& model) {
  const auto place = published_place(model);
  if (benchmark == nullptr || !place) return {};
  return benchmark->published[*place];
}

struct Report {
  const Options& options;
  const ClassFolder& folder;
  const ZeroShotResult& result;
  std::optional<double> published;

  const Benchmark* benchmark() const { return options.choice.benchmark(); }
  std::string coverage() const {
    return classification::coverage(*benchmark(), result.outcome.images.size(), folder.labels.size());
  }

  Json json() const {
    Json json = {{"dataset", options.choice.dataset},
                 {"split", options.split},
                 {"images", result.outcome.images.size()},
                 {"skipped", result.skipped.size()},
                 {"classes", folder.labels.size()},
                 {"multi_label", folder.multi_label()},
                 {"benchmark", nullptr},
                 {"prompts", result.prompts.name},
                 {"templates", result.prompts.templates.size()},
                 {"truncated_texts", result.truncated},
                 {"precision", options.choice.encoder.options.precision},
                 {"accuracy", figure(result.outcome.accuracy)},
                 {"metric", options.choice.metric},
                 {"value", figure(result.outcome.value)}};
    if (const Benchmark* known = benchmark()) {
      json["benchmark"] = {{"name", known->name},
                           {"classes", known->classes},
                           {"images", known->test_images},
                           {"coverage", coverage()},
                           {"published_percent", published ? Json(*published) : Json()}};
    }
    return json;
  }

  // What was measured by which protocol, and what came out.
  std::vector<std::string> lines() const {
    std::vector<std::string> lines = {
        fmt::format("{}, split {}: {} images of {} classes{}{}", options.choice.dataset, options.split,
                    result.outcome.images.size(), folder.labels.size(), folder.multi_label() ? ", some of several" : "",
                    result.skipped.empty() ? "" : fmt::format("; {} broken ones left out", result.skipped.size()))};
    if (benchmark() != nullptr) lines.push_back(fmt::format("of {}: {}", benchmark()->name, coverage()));
    lines.push_back(fmt::format("prompts: {}, {} templates{}", result.prompts.name, result.prompts.templates.size(),
                                result.truncated == 0 ? "" : fmt::format("; {} texts were cut", result.truncated)));
    lines.push_back(fmt::format("{:<18}{:>10}", "accuracy", percent(result.outcome.accuracy)));
    if (options.choice.metric != name_of(Metric::accuracy)) {
      lines.push_back(fmt::format("{:<18}{:>10}", options.choice.metric, percent(result.outcome.value)));
    }
    if (published)
      lines.push_back(fmt::format("{:<18}{:>8} %   ({})", "published", *published, name_of(benchmark()->metric)));
    return lines;
  }

  void print() const {
    for (const std::string& line : lines()) fmt::print("{}\n", line);
  }
  PageHeader page_header() const { return {options.choice.dataset, options.choice.encoder.model, lines()}; }
};

void evaluate(Options& options) {
  options.choice.settle();
  const bool save = !options.predictions.empty();
  if (save && options.choice.skip_broken) {
    throw_usage("--save-predictions with --skip-broken: a submission has a row for every picture");
  }
  if (!options.features.empty() && options.choice.skip_broken) {
    throw_usage("--image-features with --skip-broken: no picture is read");
  }
  if (!options.index.empty() && !save) throw_usage("--index orders what --save-predictions writes");
  const ClassFolder folder = options.choice.open(options.split);
  const auto file = save ? submission_path(options.predictions, options.choice.dataset) : std::filesystem::path();
  const auto order =
      options.index.empty() ? std::vector<std::size_t>() : read_submission_order(options.index, folder.images.size());
  ZeroShotSettings settings;
  settings.dataset = options.choice.dataset;
  settings.prompts = options.prompts;
  settings.metric = metric_from(options.choice.metric);
  settings.context_length = options.choice.encoder.options.context_length;
  settings.skip_broken = options.choice.skip_broken;
  settings.class_progress = settings.image_progress = terminal_progress();
  Encoder encoder(options.choice.encoder.model, options.choice.encoder.options);
  const ModelConfig config = load_checkpoint(resolve_model(options.choice.encoder.model)).config;
  const ZeroShotResult result =
      options.features.empty()
          ? evaluate_zero_shot(encoder, folder, settings)
          : evaluate_zero_shot(encoder, folder, read_features(options.features, "image_id"), settings);
  if (settings.class_progress) note("");
  note_skipped(result.skipped);
  if (save) write_submission(file, options.choice.dataset, config, result.probabilities, order);
  const Report report{options, folder, result, published(options.choice.benchmark(), config.name)};
  if (!options.page.empty()) write_file(options.page, classification_page(report.page_header(), folder, result));
  options.choice.json ? print_json(report.json()) : report.print();
}

}  // namespace

void add_eval_zeroshot(CLI::App& group) {
  auto* command = group.add_subcommand("zeroshot", "Pictures classified by the names of the classes");
  auto options = std::make_shared<Options>();
  options->choice.add_to(*command);
  command->add_option("--split", options->split, "Folder or list of the pictures");
  command->add_option("--prompts", options->prompts,
                      "official, cnclip (this project's), or a file of templates with {}");
  command->add_option("--save-predictions", options->predictions, "Folder for the official <dataset>.json")
      ->check(CLI::ExistingDirectory);
  command->add_option("--index", options->index, "ELEVATER's index.json: the order of the predictions");
  command->add_option("--page", options->page, "HTML file: confusions, and the worst failures as pictures");
  command->add_option("--image-features", options->features,
                      "Features of the pictures, made before with the same model: .npy or .jsonl of `encode images`");
  command->callback([options] { evaluate(*options); });
}

}  // namespace cnclip
