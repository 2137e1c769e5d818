#include "base/base64.h"

#include <array>

namespace cnclip {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<signed char, 256> make_table() {
  std::array<signed char, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
  }
  table['-'] = 62;
  table['_'] = 63;
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
    const signed char digit = kTable[static_cast<unsigned char>(c)];
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

std::optional<std::string> decode_base64_strict(std::string_view text) {
  if (text.size() % 4 != 0) return {};
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  std::string out;
  out.reserve(text.size() / 4 * 3);
  unsigned group = 0, bits = 0;
  for (const char c : digits) {
    const signed char digit = kTable[static_cast<unsigned char>(c)];
    if (digit < 0 || c == '-' || c == '_') return {};
    group = group << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits);
    group &= (1u << bits) - 1;
  }
  if (group != 0) return {};  // bits that no byte has
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += kAlphabet[group >> 18];
    out += kAlphabet[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kAlphabet[group & 63] : '=';
  }
  return out;
}

}  // namespace cnclip
