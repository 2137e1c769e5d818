// NumPy files of float32 rows (NEP 1, versions 1 to 3).
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "base/tensor.h"

namespace cnclip {

struct NpyHeader {
  std::int64_t rows = 0, columns = 0;
  std::size_t data = 0;  // where the values begin
};

// `bytes`: the whole file, or as much of it as the header takes. Throws bad_input, its message beginning with `name`,
// for anything but little-endian float32, two dimensions, C order.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& name);

// The rows, mapped: nothing is copied.
Tensor read_npy(const std::filesystem::path& path);

}  // namespace cnclip
