#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "cli/commands.h"
#include "cnclip/error.h"

namespace {

int fail(int code, const char* message) {
  std::fprintf(stderr, "cnclip: error: %s\n", message);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Chinese CLIP: embed, compare, convert and export images and Chinese texts", "cnclip");
  app.require_subcommand(1);
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
  cnclip::add_data(app);
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
    return fail(3, error.what());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
