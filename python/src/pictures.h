// Pictures as Python has them: the bytes of a file, or pixels that are decoded already.
#pragma once

#include <cnclip/image.h>

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace cnclip::python {

struct Picture {
  std::string name;                       // opens error messages
  std::variant<std::string, Image> data;  // a file's bytes, or pixels
};

// Pillow's mode ("RGB", "P", …). Throws Error (usage) for one that is none of ours, or where the pixels are not
// width x height of it.
Picture picture_of_pixels(std::string name, const std::string& mode, int width, int height, const std::string& pixels,
                          const std::string& palette);

// preprocess_u8 of each, on that many threads: (count, 3, size, size). Throws Error for the first that fails.
std::vector<std::uint8_t> preprocess_all(std::span<const Picture* const> pictures, int size, int threads);

}  // namespace cnclip::python
