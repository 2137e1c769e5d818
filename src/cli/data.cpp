// data: the group of commands on data sets. Each subcommand has a file of its own, data_<name>.cpp.
#include "cli/commands.h"

namespace cnclip {

void add_data(CLI::App& app) {
  auto* group = app.add_subcommand("data", "Data sets: made up, cleaned, converted, checked, described");
  group->require_subcommand(1);
  add_data_convert(*group);
  add_data_clean(*group);
  add_data_stats(*group);
  add_data_synth(*group);
  add_data_verify(*group);
}

}  // namespace cnclip
