#include "base/error.h"
#include "base/lines.h"
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
  command->add_option("--context-length", options->context_length, "Tokens, [CLS] and [SEP] among them")
      ->check(CLI::Range(2, 512));
  command->add_option("--variant", options->variant, "api, or training (lower case, straight quotes)")
      ->check(CLI::IsMember({"api", "training"}));
  command->add_flag("--json", options->json, "One object a line: {\"ids\":[…],\"truncated\":false}");
  command->callback([options] {
    const TextVariant variant = options->variant == "training" ? TextVariant::training : TextVariant::api;
    LineReader lines("-", std::size_t{16} << 20);
    while (const auto line = lines.next()) {
      Tokens tokens;
      try {
        if (line->too_long) throw_bad_input("longer than 16 MiB");
        tokens = Tokenizer::chinese().encode(line->text, options->context_length, variant);
      } catch (const Error& error) {
        throw Error(error.category(), fmt::format("{}: {}", lines.place(*line), error.what()));
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
