#include "base/error.h"
#include "cli/classification_options.h"
#include "eval/classification/probe.h"

namespace cnclip {
namespace {

using namespace classification;

struct Options {
  ClassificationChoice choice;
  std::string train = "train", test = "test";
  ProbeSettings settings{0, {}, Metric::accuracy};
};

Json json_of(const Options& options, const ClassFolder& folder, const LabelledFeatures& train,
             const LabelledFeatures& test, const ProbeResult& result) {
  Json runs = Json::array();
  for (const ProbeRun& run : result.runs) {
    runs.push_back({{"seed", run.seed},
                    {"learned_from", run.learned_from},
                    {"c", run.c},
                    {"held_out_accuracy", run.held_out ? Json(*run.held_out) : Json()},
                    {"converged", run.converged},
                    {"accuracy", figure(run.outcome.accuracy)},
                    {"value", figure(run.outcome.value)}});
  }
  Json json = {{"dataset", options.choice.dataset},
               {"train", options.train},
               {"test", options.test},
               {"classes", folder.labels.size()},
               {"train_images", train.images.size()},
               {"test_images", test.images.size()},
               {"skipped", train.skipped.size() + test.skipped.size()},
               {"coverage", nullptr},
               {"shots", options.settings.shots},
               {"precision", options.choice.encoder.options.precision},
               {"accuracy", figure(result.accuracy_mean)},
               {"accuracy_deviation", figure(result.accuracy_deviation)},
               {"metric", options.choice.metric},
               {"value", figure(result.value_mean)},
               {"value_deviation", figure(result.value_deviation)},
               {"runs", std::move(runs)}};
  if (const Benchmark* known = options.choice.benchmark()) {
    json["coverage"] = coverage(*known, test.images.size(), folder.labels.size());
  }
  return json;
}

void print_table(const Options& options, const ClassFolder& folder, const LabelledFeatures& train,
                 const LabelledFeatures& test, const ProbeResult& result) {
  const std::size_t skipped = train.skipped.size() + test.skipped.size();
  fmt::print("{}: {} classes, {} images in {}, {} in {}{}\n", options.choice.dataset, folder.labels.size(),
             train.images.size(), options.train, test.images.size(), options.test,
             skipped == 0 ? "" : fmt::format("; {} broken ones left out", skipped));
  if (const Benchmark* known = options.choice.benchmark()) {
    fmt::print("of {}: {}\n", known->name, coverage(*known, test.images.size(), folder.labels.size()));
  }
  fmt::print("{:>6}{:>14}{:>12}{:>12}{:>12}{:>16}\n", "seed", "learned from", "C", "held out", "accuracy",
             options.choice.metric == "accuracy" ? "" : options.choice.metric);
  for (const ProbeRun& run : result.runs) {
    fmt::print("{:>6}{:>14}{:>12.3g}{:>12}{:>12}{:>16}{}\n", run.seed, run.learned_from, run.c,
               run.held_out ? percent(*run.held_out) : "none", percent(run.outcome.accuracy),
               options.choice.metric == "accuracy" ? "" : percent(run.outcome.value),
               run.converged ? "" : "   not converged");
  }
  if (result.runs.size() < 2) return;
  fmt::print("mean accuracy {} ± {:.2f}\n", percent(result.accuracy_mean), 100 * result.accuracy_deviation);
  if (options.choice.metric != "accuracy") {
    fmt::print("mean {} {} ± {:.2f}\n", options.choice.metric, percent(result.value_mean),
               100 * result.value_deviation);
  }
}

void evaluate(Options& options) {
  options.choice.settle();
  options.settings.metric = metric_from(options.choice.metric);
  if (options.settings.seeds.empty()) {
    options.settings.seeds =
        options.settings.shots > 0 ? std::vector<std::uint64_t>{0, 1, 2} : std::vector<std::uint64_t>{0};
  }
  const ClassFolder train = options.choice.open(options.train), test = options.choice.open(options.test);
  for (const ClassFolder* folder : {&train, &test}) {
    check_fits(options.settings.metric, *folder);
    if (folder->multi_label()) {
      throw_usage("{}: split {} has pictures of several classes, the probe tells one", folder->folder.string(),
                  folder->split);
    }
  }
  EncoderOptions encoder_options = options.choice.encoder.options;
  encoder_options.normalize = false;  // as CLIP's probe
  Encoder encoder(options.choice.encoder.model, encoder_options);
  const Progress progress = terminal_progress();
  const LabelledFeatures learned = encode_images(encoder, train, options.choice.skip_broken, progress);
  const LabelledFeatures tested = encode_images(encoder, test, options.choice.skip_broken, progress);
  if (progress) note("");
  note_skipped(learned.skipped);
  note_skipped(tested.skipped);
  const ProbeResult result = evaluate_probe(learned, tested, train.classes(), options.settings);
  if (options.choice.json)
    print_json(json_of(options, train, learned, tested, result));
  else
    print_table(options, train, learned, tested, result);
}

}  // namespace

void add_eval_probe(CLI::App& group) {
  auto* command = group.add_subcommand("probe", "A linear classifier learned on the model's features");
  auto options = std::make_shared<Options>();
  options->choice.add_to(*command);
  command->add_option("--train", options->train, "Folder or list of the pictures that are learned from");
  command->add_option("--test", options->test, "Folder or list of the pictures that are tested on");
  command->add_option("--shots", options->settings.shots, "Pictures of each class to learn from; 0: all")
      ->check(CLI::Range(0, 1'000'000));
  command
      ->add_option(
          "--seed", options->settings.seeds,
          "A run each, with commas between: which pictures are drawn and held out; default: 0, with --shots 0,1,2")
      ->delimiter(',');
  command->callback([options] { evaluate(*options); });
}

}  // namespace cnclip
