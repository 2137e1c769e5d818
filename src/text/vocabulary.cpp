#include "text/vocabulary.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "text/unicode.h"

namespace cnclip {
namespace {

// Python's strip(), on what can stand around a token.
std::string_view stripped(std::string_view line) {
  const auto cut = [&](std::string_view space) {
    while (line.starts_with(space)) line.remove_prefix(space.size());
    while (line.ends_with(space)) line.remove_suffix(space.size());
  };
  for (std::size_t before = line.size() + 1; line.size() < before;) {
    before = line.size();
    for (const std::string_view space : {" ", "\t", "\r", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\xa8", "\xe2\x80\xa9"}) cut(space);
  }
  return line;
}

}  // namespace

Vocabulary::Vocabulary(std::string_view text) {
  if (text.empty()) throw_bad_input("vocabulary: empty");
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(2 * text.size(), 1024));
  // Keys hold a node number in 24 bits.
  if (text.size() > (std::size_t{1} << 23)) throw_bad_input("vocabulary: {} bytes, at most 8 MiB", text.size());
  edges_.resize(capacity);
  shift_ = 32 - static_cast<unsigned>(std::countr_zero(capacity));
  ids_ = {-1, -1};
  single_.assign(0x10000, -1);
  pad = unknown = cls = sep = -1;

  CodePoints characters;
  std::int32_t id = 0;
  for (std::size_t begin = 0; begin < text.size(); ++id) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view token = stripped(text.substr(begin, end - begin));
    begin = end + 1;
    try {
      decode_utf8(token, characters);
    } catch (const Error& error) {
      throw_bad_input("vocabulary: line {} of {}: {}", id + 1, lines, error.what());
    }
    if (token == "[PAD]") pad = id;
    if (token == "[UNK]") unknown = id;
    if (token == "[CLS]") cls = id;
    if (token == "[SEP]") sep = id;
    if (characters.size() == 1 && characters[0] < single_.size()) single_[characters[0]] = id;
    if (token.find('\0') != std::string_view::npos) throw_bad_input("vocabulary: line {}: holds U+0000", id + 1);
    if (token.starts_with("##") && token.size() > 2) insert(kInside, token.substr(2), id);
    if (!token.empty()) insert(kStart, token, id);
  }
  size_ = id;
  for (const auto& [name, special] : {std::pair{"[PAD]", pad}, {"[UNK]", unknown}, {"[CLS]", cls}, {"[SEP]", sep}}) {
    if (special < 0) throw_bad_input("vocabulary: no {} among {} tokens", name, size_);
  }
}

std::uint32_t Vocabulary::step(std::uint32_t node, unsigned char byte) const {
  const std::uint32_t key = node << 8 | byte;
  for (std::size_t at = place_of(key);; at = (at + 1) & (edges_.size() - 1)) {
    if (edges_[at].key == key) return edges_[at].to;
    if (edges_[at].key == 0) return 0;
  }
}

std::uint32_t Vocabulary::grow(std::uint32_t node, unsigned char byte) {
  const std::uint32_t key = node << 8 | byte;
  std::size_t at = place_of(key);
  while (edges_[at].key != 0 && edges_[at].key != key) at = (at + 1) & (edges_.size() - 1);
  if (edges_[at].key == 0) {
    edges_[at] = {key, static_cast<std::uint32_t>(ids_.size())};
    ids_.push_back(-1);
  }
  return edges_[at].to;
}

void Vocabulary::insert(std::uint32_t root, std::string_view token, std::int32_t id) {
  std::uint32_t node = root;
  for (const char byte : token) node = grow(node, static_cast<unsigned char>(byte));
  ids_[node] = id;
}

Vocabulary::Match Vocabulary::longest(std::string_view word, bool inside) const {
  Match best;
  std::uint32_t node = inside ? kInside : kStart;
  for (std::size_t i = 0; i < word.size(); ++i) {
    node = step(node, static_cast<unsigned char>(word[i]));
    if (node == 0) break;
    if (ids_[node] >= 0) best = {ids_[node], i + 1};
  }
  return best;
}

}  // namespace cnclip
