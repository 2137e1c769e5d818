#include "base/error.h"
#include "cli/data_options.h"
#include "data/verify.h"

namespace cnclip {
namespace {

constexpr std::size_t kListedFaults = 1000;  // in the JSON; standard error has all

struct Options {
  DatasetChoice dataset;
  bool json = false;
};

void verify(const Options& options) {
  const auto dataset = options.dataset.open();
  Json faults = Json::array();
  const VerifyReport report = verify_dataset(*dataset, [&](const std::string& fault) {
    note(fault);
    if (faults.size() < kListedFaults) faults.push_back(fault);
  });
  if (options.json) {
    print_json({{"kind", dataset->kind()},
                {"images", report.images},
                {"texts", report.texts},
                {"pairs", report.pairs},
                {"undecodable", report.undecodable},
                {"images_without_texts", report.images_without_texts},
                {"texts_without_images", report.texts_without_images},
                {"errors", report.faults},
                {"faults", std::move(faults)}});
  } else {
    fmt::print("{}: {} images, {} texts, {} pairs; {} images without texts, {} texts without images; {} faults\n",
               dataset->kind(), report.images, report.texts, report.pairs, report.images_without_texts,
               report.texts_without_images, report.faults);
  }
  if (report.faults > 0) throw_bad_input("{}: {} faults", options.dataset.source, report.faults);
}

}  // namespace

void add_data_verify(CLI::App& group) {
  auto* command = group.add_subcommand("verify", "Name every fault of a data set; exit code 3 when there are any");
  auto options = std::make_shared<Options>();
  options->dataset.add_to(*command);
  command->add_flag("--json", options->json, "Counts and faults as one JSON object");
  command->callback([options] { verify(*options); });
}

}  // namespace cnclip
