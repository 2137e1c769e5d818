// Arrays that the Python tests hand over as bare bytes.
#pragma once

#include <filesystem>
#include <vector>

#include "base/file.h"

namespace cnclip {

template <class T>
std::vector<T> values_of(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  const auto* begin = reinterpret_cast<const T*>(bytes.data());
  return {begin, begin + bytes.size() / sizeof(T)};
}

}  // namespace cnclip
