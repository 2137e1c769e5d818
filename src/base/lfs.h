// What Git leaves in place of a large file that it has not fetched.
#pragma once

#include <string_view>

namespace cnclip {

inline constexpr const char* kIsLfsPointer = "is a Git LFS pointer, not the file it stands for: run `git lfs pull`";

inline bool is_lfs_pointer(std::string_view content) {
  return content.starts_with("version https://git-lfs");
}

}  // namespace cnclip
