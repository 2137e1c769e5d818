// The bytes of the official vocab.txt (sha256 checked by CMake), embedded in the library.
#pragma once

#include <string_view>

extern "C" const char cnclip_vocabulary_begin[];
extern "C" const char cnclip_vocabulary_end[];

namespace cnclip {

inline std::string_view embedded_vocabulary() {
  return {cnclip_vocabulary_begin, static_cast<std::size_t>(cnclip_vocabulary_end - cnclip_vocabulary_begin)};
}

}  // namespace cnclip
