#include "text/vocabulary.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;  // forty times the official file

// str.strip: everything that Python's str.isspace accepts.
std::u32string_view stripped(std::u32string_view line) {
  const auto space = [](char32_t c) {
    return is_space(c) || c == 0x0b || c == 0x0c || (c >= 0x1c && c <= 0x1f) || c == 0x85;
  };
  while (!line.empty() && space(line.front())) line.remove_prefix(1);
  while (!line.empty() && space(line.back())) line.remove_suffix(1);
  return line;
}

}  // namespace

Vocabulary::Vocabulary(std::string_view text) : singles_(0x10000, -1) {
  if (text.empty()) throw_bad_input("vocabulary: empty");
  if (text.size() > kMaxBytes) throw_bad_input("vocabulary: {} bytes, at most {}", text.size(), kMaxBytes);
  const auto characters = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xc0) != 0x80; }));
  edges_.resize(std::bit_ceil(characters + characters / 3 + 2));  // never full: an edge a character at most

  for (std::size_t begin = 0; begin < text.size(); ++size_) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::u32string line;
    try {
      line = decode_utf8(text.substr(begin, end - begin));
    } catch (const Error& error) {
      throw_bad_input("vocabulary: line {}: {}", size_ + 1, error.what());
    }
    begin = end + 1;
    const std::u32string_view token = stripped(line);
    if (token.starts_with(U"##")) {
      insert(kInside, token.substr(2), size_);
    } else {
      insert(kStart, token, size_);
      if (token.size() == 1 && token[0] < singles_.size()) singles_[token[0]] = size_;
    }
  }
  pad = special(U"[PAD]", "[PAD]");
  unknown = special(U"[UNK]", "[UNK]");
  cls = special(U"[CLS]", "[CLS]");
  sep = special(U"[SEP]", "[SEP]");
  constexpr std::u32string_view kMask = U"[MASK]";
  if (const Match match = longest(kMask, false); match.length == kMask.size()) mask = match.id;
}

std::int32_t Vocabulary::special(std::u32string_view token, std::string_view name) const {
  const Match match = longest(token, false);
  if (match.length != token.size()) throw_bad_input("vocabulary: no {} among its {} lines", name, size_);
  return match.id;
}

// Where the edge is, or the free place where it would be.
std::size_t Vocabulary::place_of(std::uint32_t from, char32_t character) const {
  const std::uint64_t hash = (std::uint64_t{from} << 21 | character) * 0x9e3779b97f4a7c15u;
  std::size_t place = (hash >> 32) & (edges_.size() - 1);
  for (;; place = (place + 1) & (edges_.size() - 1)) {
    const Edge& edge = edges_[place];
    if (edge.to == 0 || (edge.from == from && edge.character == character)) return place;
  }
}

void Vocabulary::insert(std::uint32_t node, std::u32string_view token, std::int32_t id) {
  for (std::size_t i = 0; i < token.size(); ++i) {
    Edge& edge = edges_[place_of(node, token[i])];
    if (edge.to == 0) edge = {node, token[i], nodes_++, -1};
    if (i + 1 == token.size()) edge.id = id;
    node = edge.to;
  }
}

Vocabulary::Match Vocabulary::longest(std::u32string_view word, bool inside) const {
  Match best;
  std::uint32_t node = inside ? kInside : kStart;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const Edge& edge = edges_[place_of(node, word[i])];
    if (edge.to == 0) break;
    if (edge.id >= 0) best = {edge.id, i + 1};
    node = edge.to;
  }
  return best;
}

}  // namespace cnclip
