#include <array>

#include "data/image_sources.h"

namespace cnclip {
namespace {

constexpr std::array<int, 256> make_table() {
  std::array<int, 256> table{};
  table.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int>(i);
  }
  table['+'] = table['-'] = 62;
  table['/'] = table['_'] = 63;
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  unsigned group = 0;
  int digits = 0, padding = 0;
  for (const char c : text) {
    if (c == '=') {
      // The first complete padding ends the data, whatever follows.
      if (digits >= 2 && digits + ++padding == 4) break;
      continue;
    }
    const int digit = kTable[static_cast<unsigned char>(c)];
    if (digit < 0) continue;
    padding = 0;
    group = group << 6 | static_cast<unsigned>(digit);
    if (++digits == 4) {
      out += static_cast<char>(group >> 16);
      out += static_cast<char>(group >> 8);
      out += static_cast<char>(group);
      digits = 0;
      group = 0;
    }
  }
  if (digits == 0) return out;
  if (digits == 1 || digits + padding != 4) return {};
  group <<= 6 * (4 - digits);
  out += static_cast<char>(group >> 16);
  if (digits == 3) out += static_cast<char>(group >> 8);
  return out;
}

}  // namespace cnclip
