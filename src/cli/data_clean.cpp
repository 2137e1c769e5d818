
#include "base/error.h"
#include "base/threads.h"
#include "clean/clean.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace cnclip {
namespace {

// "2/8" is the second of eight parts.
clean::Part parse_part(const std::string& text) {
  std::size_t index = 0, of = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "%zu/%zu%n", &index, &of, &end) != 2 || text[static_cast<std::size_t>(end)] != '\0' ||
      index < 1 || index > of) {
    throw_usage("--part {}: i/n with i from 1 to n is needed", text);
  }
  return {index - 1, of};
}

}  // namespace

void add_data_clean(CLI::App& group) {
  struct Options {
    clean::CleanOptions clean;
    std::string part;
    bool json = false;
  };
  auto* command = group.add_subcommand("clean", "What rules leave of a data set, with a report of what they drop");
  auto options = std::make_shared<Options>();
  auto& clean = options->clean;
  command
      ->add_option("source", clean.source,
                   "Rows (.jsonl, .csv, .tsv, or a caption a line), official folder, shards, LMDB split, .json of COCO")
      ->required();
  command->add_option("rules", clean.rules, "TOML; see configs/clean/paper.toml")->required();
  command->add_option("-o,--output", clean.output, "Folder to be; an interrupted run goes on there")->required();
  command->add_option("--split", clean.split, "train, valid, test, …; shards are named by it");
  clean.workers = thread_count();
  command->add_option("--workers", clean.workers, "Threads")->check(CLI::Range(1, 1024));
  command->add_option("--part", options->part, "i/n: do the i-th of n parts of the first pass, and stop");
  command->add_flag("--json", options->json, "Print the funnel as JSON");
  command->callback([options] {
    if (!options->part.empty()) options->clean.part = parse_part(options->part);
    const auto report = clean::clean(options->clean);
    if (!report) {
      note(fmt::format("part {} is done; once all are, run without --part", options->part));
      return;
    }
    fmt::print("{}{}", options->json ? clean::to_json(*report) : clean::to_table(*report), options->json ? "\n" : "");
    note(fmt::format("{}: examples of what was dropped", (options->clean.output / "report.html").string()));
  });
}

}  // namespace cnclip
