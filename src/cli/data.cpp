// The group `cnclip data …`.
#include "cli/commands.h"

namespace cnclip {

void add_data(CLI::App& app) {
  auto* group = app.add_subcommand("data", "Data sets: made up, cleaned");
  group->require_subcommand(1);
  add_data_clean(*group);
  add_data_synth(*group);
}

}  // namespace cnclip
