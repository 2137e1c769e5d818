// Files that are embedded when the program is built (cmake/CnclipEmbed.cmake): web/, and the description of the API.
#pragma once

#include <span>
#include <string_view>

namespace cnclip::serve {

struct PageFile {
  std::string_view name;  // "app.js"
  std::string_view bytes;
};

std::span<const PageFile> page_files();

}  // namespace cnclip::serve
