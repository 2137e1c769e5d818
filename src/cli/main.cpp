#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "cli/commands.h"
#include "cnclip/error.h"

namespace {

// One line, whatever the names of files and tensors in it are made of.
int fail(int code, std::string_view message) {
  std::string line = "cnclip: error: ";
  for (const char c : message) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      line += c;
  }
  std::fprintf(stderr, "%s\n", line.c_str());
  return code;
}

// A standard stream that was closed would lend its number to the next file opened, and what is printed would land
// there. It becomes one that fails when it is used; only messages get lost quietly.
void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) == -1) ::open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  CLI::App app("Chinese CLIP: embed, compare, convert and export images and Chinese texts", "cnclip");
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", CNCLIP_VERSION);
  cnclip::add_models(app);
  cnclip::add_download(app);
  cnclip::add_init(app);
  cnclip::add_inspect(app);
  cnclip::add_convert(app);
  cnclip::add_tokenize(app);
  cnclip::add_preprocess(app);
  cnclip::add_encode(app);
  cnclip::add_match(app);
  cnclip::add_export(app);
  cnclip::add_quantize(app);
  cnclip::add_bench(app);
  cnclip::add_data(app);
  cnclip::add_train(app);
  cnclip::add_eval(app);
  cnclip::add_index(app);
  cnclip::add_search(app);
  cnclip::add_serve(app);
  cnclip::add_demo(app);
  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return fail(3, "standard output: cannot write");
    return 0;
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    return fail(2, error.what());
  } catch (const cnclip::Error& error) {
    return fail(static_cast<int>(error.category()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(4, "out of memory");
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(3, fmt::format("{}: {}", error.path1().string(), error.code().message()));
  } catch (const std::exception& error) {
    if (std::ferror(stdout) != 0) return fail(3, "standard output: cannot write");
    return fail(1, error.what());
  }
}
