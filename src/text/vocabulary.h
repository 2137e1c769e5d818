// Tokens and their ids, and the longest match that WordPiece asks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/special_tokens.h"

namespace cnclip {

class Vocabulary : public SpecialTokens {
 public:
  // A token a line, cut at \n only and stripped as Python's str.strip does; of equal tokens the last counts.
  // Throws bad_input: empty, too long, not UTF-8, or without one of the four special tokens.
  explicit Vocabulary(std::string_view text);

  std::int32_t size() const { return size_; }

  struct Match {
    std::int32_t id = -1;
    std::size_t length = 0;  // characters
  };
  // The longest token that `word` begins with, at a word's start or, `inside` it, as a "##" continuation.
  Match longest(std::u32string_view word, bool inside) const;

  // The token that is this one character at a word's start, or -1.
  std::int32_t single(char32_t c) const {
    return c < singles_.size() ? singles_[c] : longest(std::u32string_view(&c, 1), false).id;
  }

 private:
  // A trie whose edges lie in one open-addressed table, keyed by the node they leave and their character.
  struct Edge {
    std::uint32_t from = 0;
    char32_t character = 0;
    std::uint32_t to = 0;  // 0: a free place
    std::int32_t id = -1;  // of the token that ends here
  };
  static constexpr std::uint32_t kStart = 0, kInside = 1;

  std::size_t place_of(std::uint32_t from, char32_t character) const;
  void insert(std::uint32_t node, std::u32string_view token, std::int32_t id);
  std::int32_t special(std::u32string_view token, std::string_view name) const;

  std::vector<Edge> edges_;
  std::uint32_t nodes_ = 2;
  std::vector<std::int32_t> singles_;  // by character of the basic plane, -1 where there is no token
  std::int32_t size_ = 0;
};

}  // namespace cnclip
