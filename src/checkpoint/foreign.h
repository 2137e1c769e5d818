// Files that people hand over for checkpoints, told by their first bytes.
#pragma once

#include <string>
#include <string_view>

namespace cnclip {

// What the file is and what to do about it ("is a Git LFS pointer, …"), or nothing when it may be a checkpoint.
std::string foreign_kind(std::string_view bytes);

}  // namespace cnclip
