#include <iostream>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cnclip/tokenizer.h"

namespace cnclip {

void add_tokenize(CLI::App& app) {
  struct Options {
    int context_length = 52;
    std::string variant = "api";
    bool json = false;
  };
  auto* command = app.add_subcommand("tokenize", "Lines on standard input to token ids");
  auto options = std::make_shared<Options>();
  command->add_option("--context-length", options->context_length, "Tokens, [CLS] and [SEP] among them");
  command->add_option("--variant", options->variant, "api, or training (lower case, straight quotes)")
      ->check(CLI::IsMember({"api", "training"}));
  command->add_flag("--json", options->json, "One object a line: {\"ids\":[…],\"truncated\":false}");
  command->callback([options] {
    const TextVariant variant = options->variant == "training" ? TextVariant::training : TextVariant::api;
    std::string line;
    for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
      Tokens tokens;
      try {
        tokens = Tokenizer::chinese().encode(line, options->context_length, variant);
      } catch (const Error& error) {
        throw Error(error.category(), fmt::format("standard input: line {}: {}", number, error.what()));
      }
      if (options->json) {
        fmt::print("{{\"ids\":[{}],\"truncated\":{}}}\n", fmt::join(tokens.ids, ","), tokens.truncated);
      } else {
        fmt::print("{}{}\n", fmt::join(tokens.ids, " "), tokens.truncated ? " (truncated)" : "");
      }
    }
  });
}

}  // namespace cnclip
