// The whole life of a small model, step by step. Each step is a command of this program, shown and run as anybody
// could run it.
#include <fcntl.h>
#include <httplib.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/stop_signal.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/own_commands.h"

extern "C" const char cnclip_tiny_recipe_begin[], cnclip_tiny_recipe_end[];

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr int kPictures = 5000;
constexpr const char* kModel = "logs/tiny/locked_image/last.pt";

struct Options {
  fs::path output = "cnclip-demo";
  std::string images, model;
  int port = 8080;
};

// A step whose result lies there already is left out, so that a second demo is quick.
void step_for(const fs::path& result, const fs::path& folder, const std::vector<std::string>& arguments) {
  if (!fs::exists(folder / result)) return run_command(folder, arguments);
  fmt::print("\n{}\n({} is there already)\n", shown(arguments), result.string());
}

void train(const fs::path& folder) {
  const std::string pictures = std::to_string(kPictures);
  step_for("drawn", folder,
           {"data", "synth", "-o", "drawn", "--train", pictures, "--valid", "200", "--test", "200", "--size", "64"});
  write_file(folder / "tiny.toml", std::string(cnclip_tiny_recipe_begin, cnclip_tiny_recipe_end));
  step_for(kModel, folder, {"train", "tiny.toml", "--resume", "auto"});
  run_command(folder, {"eval", "retrieval", "drawn", "--split", "test", "--model", kModel});
}

struct Server {
  pid_t process = 0;
  std::string address;
};

Server serve(const fs::path& folder, const std::string& index, int port) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_unavailable("demo: no pipe: {}", std::strerror(errno));
  Server server;
  server.process =
      start_command(folder, {"serve", "--index", index, "--port", std::to_string(port), "--log", "none"}, ends[1]);
  ::close(ends[1]);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> from(::fdopen(ends[0], "r"), &std::fclose);
  char line[256] = "";
  constexpr std::string_view kSays = "listening on ";
  if (std::fgets(line, sizeof line, from.get()) == nullptr || !std::string_view(line).starts_with(kSays)) {
    throw_unavailable("demo: the server ended with exit code {}", wait_for(server.process));
  }
  server.address = std::string(line).substr(kSays.size());
  while (!server.address.empty() && server.address.back() == '\n') server.address.pop_back();
  fmt::print("{}", line);
  return server;
}

// Without anybody to look at the page: is it there, and does it find something?
void check(const std::string& address, const std::string& sentence) {
  httplib::Client client(address);
  client.set_read_timeout(60);
  const auto page = client.Get("/");
  if (!page || page->status != 200) throw_unavailable("demo: {}: the page does not answer", address);
  const auto found = client.Post("/v1/search", Json{{"text", sentence}, {"k", 1}}.dump(), "application/json");
  if (!found || found->status != 200) throw_unavailable("demo: {}: the search does not answer", address);
  fmt::print("The page answers ({} bytes), and so does the search:\n{}\n", page->body.size(), found->body);
}

void demo(const Options& options) {
  std::error_code failed;
  fs::create_directories(options.output, failed);
  if (failed) throw_bad_input("{}: {}", options.output.string(), failed.message());
  const fs::path folder = fs::absolute(options.output);
  const auto from_here = [](const std::string& path) { return fs::exists(path) ? fs::absolute(path).string() : path; };

  if (options.model.empty()) train(folder);
  const std::string model = options.model.empty() ? kModel : from_here(options.model);
  const bool drawn = options.images.empty();
  const std::string index = drawn ? "drawn.index" : "images.index";
  if (!drawn && options.model.empty()) {
    fmt::print("\nThis model knows drawn scenes only: for photographs, name a trained one with --model.\n");
  }
  run_command(folder, {"index", "create", drawn ? "drawn/test_imgs.tsv" : from_here(options.images), "--model", model,
                       "-o", index});
  const std::vector<std::string> sentences =
      drawn ? std::vector<std::string>{"一个红色的圆形", "绿色的三角形和蓝色的正方形"}
            : std::vector<std::string>{"在雪地里奔跑的狗", "海边的日落"};
  for (const std::string& sentence : sentences) run_command(folder, {"search", index, sentence, "-k", "5"});

  const bool watched = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  const StopSignal stop;  // Ctrl-C is for the server; we end after it
  const Server server = serve(folder, index, watched ? options.port : 0);
  if (watched) {
    fmt::print("Open {} in a browser. Ctrl-C ends the server. All that was made lies in {}\n", server.address,
               folder.string());
  } else {
    try {
      check(server.address, sentences.front());
    } catch (...) {
      ::kill(server.process, SIGKILL);
      wait_for(server.process);
      throw;
    }
    ::kill(server.process, SIGTERM);
  }
  if (const int code = wait_for(server.process); code != 0) {
    throw_unavailable("demo: the server ended with exit code {}", code);
  }
}

}  // namespace

void add_demo(CLI::App& app) {
  auto* command = app.add_subcommand("demo", "The whole life of a small model, ending in the search page");
  auto options = std::make_shared<Options>();
  command->add_option("-o,--output", options->output, "Folder for all of it; what is there already is not made again");
  command->add_option("--images", options->images, "Search in these pictures instead of drawn ones");
  command->add_option("--model", options->model, "With this model, instead of one that is trained first");
  command->add_option("--port", options->port, "Of the search page")->check(CLI::Range(0, 65535));
  command->callback([options] { demo(*options); });
}

}  // namespace cnclip
