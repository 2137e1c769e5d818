#pragma once

#include <filesystem>
#include <memory>

#include "data/formats/record.h"

namespace cnclip {

// A text a line; "-" is standard input. The id is the line's number.
std::unique_ptr<Source<Text>> open_plain_texts(const std::filesystem::path& path);

}  // namespace cnclip
