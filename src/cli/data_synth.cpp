#include "cli/commands.h"
#include "cli/output.h"
#include "synth/dataset.h"

namespace cnclip {

void add_data_synth(CLI::App& group) {
  struct Options {
    std::string output, language = "zh";
    synth::DatasetOptions dataset;
    bool json = false;
  };
  auto* command = group.add_subcommand("synth", "A generated data set: drawn scenes with captions");
  auto options = std::make_shared<Options>();
  auto& dataset = options->dataset;
  command->add_option("-o,--output", options->output, "Folder to be, in the official layout")->required();
  command->add_option("--seed", dataset.seed, "The same seed gives the same bytes");
  command->add_option("--train", dataset.images[0], "Pictures to train on")->check(CLI::Range(0, 1'000'000));
  command->add_option("--valid", dataset.images[1], "Pictures of the same kinds")->check(CLI::Range(0, 1'000'000));
  command->add_option("--test", dataset.images[2], "Pictures, every other one of a shape in a colour new to it")
      ->check(CLI::Range(0, 1'000'000));
  command->add_option("--size", dataset.side, "Side in pixels")->check(CLI::Range(32, 1024));
  command->add_option("--language", options->language, "Of the captions; the pictures are the same")
      ->check(CLI::IsMember({"zh", "en"}));
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] {
    options->dataset.language = options->language == "en" ? synth::Language::en : synth::Language::zh;
    const auto reports = synth::write_dataset(options->output, options->dataset);
    Json all;
    for (std::size_t i = 0; i < reports.size(); ++i) {
      const auto& report = reports[i];
      all[synth::kSplits[i]] = {{"images", report.images},
                                {"texts", report.texts},
                                {"captions", report.captions},
                                {"ambiguous_captions", report.ambiguous},
                                {"held_out_images", report.held_out}};
      if (options->json) continue;
      const double share = report.captions > 0
                               ? 100.0 * static_cast<double>(report.ambiguous) / static_cast<double>(report.captions)
                               : 0;
      fmt::print("{:<6}{:>8} images{:>8} captions{:>6.1f} % ambiguous{:>8} images with a held-out combination\n",
                 synth::kSplits[i], report.images, report.captions, share, report.held_out);
    }
    if (options->json) print_json(all);
  });
}

}  // namespace cnclip
