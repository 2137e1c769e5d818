#include "cli/data_options.h"
#include "data/convert.h"
#include "data/url_list.h"

namespace cnclip {
namespace {

constexpr std::uint64_t kPrintedFaults = 20;

struct Options {
  DatasetChoice dataset;
  std::string to, output;
  ConvertSettings settings;
  std::int64_t max_errors = -1;
  bool json = false;
};

void list_urls(const Options& options) {
  FaultPrinter printer(kPrintedFaults);
  FaultLog faults(options.output + ".errors.jsonl", options.settings.max_errors, std::ref(printer));
  const UrlListReport report = write_url_list(*options.dataset.open(), options.output, faults);
  note(fmt::format("{}: {} rows; {} images without an address, {} errors", options.output, report.rows,
                   report.without_url, faults.count()));
  if (options.json) {
    print_json({{"rows", report.rows}, {"without_url", report.without_url}, {"errors", faults.count()}});
  }
}

void convert(Options& options) {
  FaultPrinter printer(kPrintedFaults);
  ConvertSettings& settings = options.settings;
  settings.split = options.dataset.split;
  settings.format = options.to == "shards" ? DataFormat::shards
                    : options.to == "lmdb" ? DataFormat::lmdb
                                           : DataFormat::tsv;
  settings.fault = std::ref(printer);
  const ConvertReport report = convert_dataset(*options.dataset.open(), options.output, settings);

  if (printer.left_out() > 0) note(fmt::format("… and {} more: see errors.jsonl", printer.left_out()));
  if (settings.format == DataFormat::lmdb && report.texts_without_images > 0) {
    note(fmt::format("{}: LMDB has no place for the {} texts without images", options.output,
                     report.texts_without_images));
  }
  note(fmt::format("{}: {} images, {} texts, {} pairs, {:.1f} MB, {} errors{}", options.output, report.images,
                   report.texts, report.pairs, static_cast<double>(report.bytes) / 1e6, report.errors,
                   report.was_complete ? " (was complete already)" : ""));
  if (options.json) {
    print_json({{"images", report.images},
                {"texts", report.texts},
                {"pairs", report.pairs},
                {"errors", report.errors},
                {"texts_without_images", report.texts_without_images},
                {"images_without_texts", report.images_without_texts},
                {"bytes", report.bytes}});
  }
}

}  // namespace

void add_data_convert(CLI::App& group) {
  auto* command = group.add_subcommand("convert", "A data set in another form; resumes where it was killed");
  auto options = std::make_shared<Options>();
  options->dataset.add_to(*command);
  command->add_option("--to", options->to, "shards (for training), lmdb or tsv (official), urls (for img2dataset)")
      ->required()
      ->check(CLI::IsMember({"shards", "lmdb", "tsv", "urls"}));
  command->add_option("-o,--output", options->output, "Folder to be; for urls a .csv, .tsv or .jsonl")->required();
  command->add_option("--shard-size", options->settings.shard_size, "Images a shard")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
  command->add_option("--image-size", options->settings.image_size, "Squeeze images to this side (JPEG, quality 95)")
      ->check(CLI::Range(16, 4096));
  command->add_option("--max-errors", options->max_errors, "Give up after more; default: never")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "End with one line of figures on standard output");
  command->callback([options] {
    if (options->max_errors >= 0) options->settings.max_errors = static_cast<std::uint64_t>(options->max_errors);
    options->to == "urls" ? list_urls(*options) : convert(*options);
  });
}

}  // namespace cnclip
