#include "base/file.h"
#include "cli/commands.h"
#include "metrics/report.h"

namespace cnclip {

void add_train_report(CLI::App& group) {
  struct Options {
    std::vector<std::filesystem::path> runs;
    std::filesystem::path output;
  };
  auto* command = group.add_subcommand("report", "A page that compares training runs");
  auto options = std::make_shared<Options>();
  command->add_option("runs", options->runs, "Folders of runs, or their metrics.jsonl")->required()->type_name("RUN");
  command->add_option("-o,--output", options->output, "The page, HTML")->required();
  command->callback([options] { write_file(options->output, report_html(read_runs(options->runs))); });
}

}  // namespace cnclip
