// eval: the group of commands that judge models. Each subcommand has a file of its own, eval_<name>.cpp.
#include "cli/commands.h"

namespace cnclip {

void add_eval(CLI::App& app) {
  auto* group = app.add_subcommand("eval", "Models judged by the official protocols");
  group->require_subcommand(1);
  add_eval_retrieval(*group);
  add_eval_zeroshot(*group);
  add_eval_probe(*group);
}

}  // namespace cnclip
