// Where cnclip keeps what it fetches and makes: $CNCLIP_HOME, by default ~/.cache/cnclip.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace cnclip {

inline std::filesystem::path home_folder() {
  if (const char* home = std::getenv("CNCLIP_HOME"); home != nullptr && *home != '\0') return home;
  const char* user = std::getenv("HOME");
  return std::filesystem::path(user != nullptr ? user : ".") / ".cache" / "cnclip";
}

}  // namespace cnclip
