#include "cli/own_commands.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace cnclip {

std::string shown(const std::vector<std::string>& arguments) {
  std::string line = "$ cnclip";
  for (const std::string& argument : arguments) {
    const bool plain = argument.find_first_of(" \t\"'{}*$") == std::string::npos;
    line += plain ? " " + argument : " \"" + argument + "\"";
  }
  return line;
}

pid_t start_command(const std::filesystem::path& folder, const std::vector<std::string>& arguments, int output) {
  fmt::print("\n{}\n", shown(arguments));
  std::fflush(stdout);
  std::vector<char*> argv;
  std::string name = "cnclip";
  argv.push_back(name.data());
  std::vector<std::string> owned = arguments;
  for (std::string& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  if (output >= 0) ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw_unavailable("{}: cannot be started: {}", shown(arguments), std::strerror(failed));
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void run_command(const std::filesystem::path& folder, const std::vector<std::string>& arguments) {
  const int code = wait_for(start_command(folder, arguments));
  if (code != 0) throw_unavailable("this step ended with exit code {}: {}", code, shown(arguments));
}

}  // namespace cnclip
