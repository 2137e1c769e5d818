#include "base/file.h"
#include "cli/data_options.h"
#include "data/stats.h"

namespace cnclip {
namespace {

constexpr std::uint64_t kPrintedFaults = 20;

struct Options {
  DatasetChoice dataset;
  std::string html, against, against_split;
  bool json = false;
};

void print_table(const DatasetStats& stats) {
  const auto row = [](std::string_view name, std::uint64_t value) { fmt::print("{:<24}{:>12}\n", name, value); };
  const auto range = [](std::string_view name, const Distribution& values) {
    fmt::print("{:<24}{:>12}   5 % {}, mean {:.1f}, 95 % {}, max {}\n", name, values.quantile(0.5),
               values.quantile(0.05), values.mean(), values.quantile(0.95), values.maximum());
  };
  row("images", stats.images);
  row("texts", stats.texts);
  row("pairs", stats.pairs);
  row("images without texts", stats.images_without_texts);
  row("texts without images", stats.texts_without_images);
  row("images met before", stats.duplicate_images);
  row("texts met before", stats.duplicate_texts);
  row("texts over 52 tokens", stats.cut_texts);
  row("undecodable images", stats.undecodable);
  row("errors", stats.errors);
  range("width, median", stats.widths);
  range("height, median", stats.heights);
  range("KiB, median", stats.image_kib);
  range("characters, median", stats.characters);
  range("tokens, median", stats.tokens);
  range("% Chinese, median", stats.han_percent);
  if (stats.against.empty()) return;
  row("images shared", stats.shared_images);
  row("texts shared", stats.shared_texts);
}

void describe(const Options& options) {
  const auto dataset = options.dataset.open();
  std::unique_ptr<Dataset> other;
  if (!options.against.empty()) {
    other =
        open_dataset(options.against, options.against_split.empty() ? options.dataset.split : options.against_split);
  }
  FaultPrinter printer(kPrintedFaults);
  DatasetStats stats = describe_dataset(*dataset, other.get(), std::ref(printer));
  stats.against = options.against;
  if (!options.against_split.empty()) stats.against += " " + options.against_split;
  if (printer.left_out() > 0) note(fmt::format("… and {} more: see data verify", printer.left_out()));
  if (!options.html.empty()) {
    write_file(options.html, stats_html(stats, options.dataset.source + " " + options.dataset.split));
  }
  if (options.json)
    print_json(stats_json(stats));
  else
    print_table(stats);
}

}  // namespace

void add_data_stats(CLI::App& group) {
  auto* command = group.add_subcommand("stats", "What a data set is made of");
  auto options = std::make_shared<Options>();
  options->dataset.add_to(*command);
  command->add_option("--html", options->html, "Write a report page as well");
  command->add_option("--against", options->against, "Another data set: images and captions that are in both");
  command->add_option("--against-split", options->against_split, "Its split; default: the same");
  command->add_flag("--json", options->json, "One JSON object");
  command->callback([options] { describe(*options); });
}

}  // namespace cnclip
