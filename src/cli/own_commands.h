// Commands of this program that it runs itself, each shown as anybody could run it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cnclip {

std::string shown(const std::vector<std::string>& arguments);
// In `folder`. `output`: where its standard output goes; -1: where ours does. Throws unavailable when it cannot start.
pid_t start_command(const std::filesystem::path& folder, const std::vector<std::string>& arguments, int output = -1);
// Its exit code; that of a shell where a signal ended it.
int wait_for(pid_t child);
// Throws unavailable when it does not end well; it has said why.
void run_command(const std::filesystem::path& folder, const std::vector<std::string>& arguments);

}  // namespace cnclip
