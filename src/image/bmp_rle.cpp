#include "image/bmp_rle.h"

#include <algorithm>

#include "base/error.h"

namespace cnclip {

std::vector<std::uint8_t> unpack_bmp_rle(Bytes bytes, std::size_t begin, std::size_t width, std::size_t height,
                                         bool four_bits, std::string_view name) {
  const std::size_t total = width * height;
  std::vector<std::uint8_t> out;
  std::size_t at = 0, x = 0;
  const auto pixel = [&](std::size_t from, std::size_t i) {  // the i-th sample of those that begin at `from`
    if (!four_bits) return static_cast<std::uint8_t>(bytes[from + i]);
    const auto pair = static_cast<std::uint8_t>(bytes[from + i / 2]);
    return static_cast<std::uint8_t>(i % 2 == 0 ? pair >> 4 : pair & 15);
  };
  while (out.size() < total && at + 2 <= bytes.size()) {
    const auto run = static_cast<std::size_t>(bytes[at]), value = static_cast<std::size_t>(bytes[at + 1]);
    at += 2;
    if (run > 0) {
      const std::size_t count = std::min(run, width - std::min(x, width));
      for (std::size_t i = 0; i < count; ++i) out.push_back(pixel(at - 1, four_bits ? i % 2 : 0));
      x += count;
    } else if (value == 0) {  // end of the row
      out.resize((out.size() + width - 1) / width * width);
      x = 0;
    } else if (value == 1) {  // end of the picture
      break;
    } else if (value == 2) {  // a jump to the right and down
      if (at + 2 > bytes.size()) break;
      const std::size_t jump = static_cast<std::size_t>(bytes[at]) + static_cast<std::size_t>(bytes[at + 1]) * width;
      at += 2;
      out.resize(std::min(total, out.size() + jump));
      x = out.size() % width;
    } else {  // that many samples as they are
      const std::size_t count = std::min(value, total - out.size());
      const std::size_t size = four_bits ? (count + 1) / 2 : count;
      if (size > bytes.size() - at) break;
      for (std::size_t i = 0; i < count; ++i) out.push_back(pixel(at, i));
      at += size;
      x += value;
      if ((begin + at) % 2 != 0) ++at;
    }
  }
  if (out.size() < total) throw_bad_input("{}: BMP: cut short: {} of {} pixels", name, out.size(), total);
  out.resize(total);
  return out;
}

}  // namespace cnclip
