// Tokens and their ids, and the longest match that WordPiece asks for.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cnclip {

class Vocabulary {
 public:
  // Throws bad_input: not UTF-8, empty, or without a special token.
  explicit Vocabulary(std::string_view text);

  std::int32_t pad = 0, unknown = 0, cls = 0, sep = 0;
  std::int64_t size() const { return size_; }

  struct Match {
    std::int32_t id = -1;
    std::size_t length = 0;  // bytes
  };
  // The longest token that `word` begins with, at a word's start or (`inside`) as a "##" continuation.
  Match longest(std::string_view word, bool inside) const;

  // The token of this one character at a word's start, or -1.
  std::int32_t single(std::uint32_t c) const {
    return c < single_.size() ? single_[c] : -1;
  }

 private:
  // A trie over bytes; an edge is found by hashing (node, byte).
  struct Edge {
    std::uint32_t key = 0;  // node * 256 + byte, 0 for a free place: no edge of the root is byte 0
    std::uint32_t to = 0;
  };
  std::uint32_t step(std::uint32_t node, unsigned char byte) const;
  std::uint32_t grow(std::uint32_t node, unsigned char byte);
  void insert(std::uint32_t root, std::string_view token, std::int32_t id);
  std::size_t place_of(std::uint32_t key) const { return (key * 0x9e3779b1u) >> shift_; }

  static constexpr std::uint32_t kStart = 0, kInside = 1;
  std::vector<std::int32_t> ids_;  // by node, -1 where no token ends
  std::vector<Edge> edges_;
  unsigned shift_ = 0;
  std::vector<std::int32_t> single_;
  std::int64_t size_ = 0;
};

}  // namespace cnclip
