// WordPiece: words in, character by character; ids out, as many as there is room for.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "text/vocabulary.h"

namespace cnclip {

class WordPieces {
 public:
  // Appends to `ids` until it holds `limit`.
  WordPieces(const Vocabulary& vocabulary, std::vector<std::int32_t>& ids, std::size_t limit)
      : vocabulary_(vocabulary), ids_(ids), limit_(limit) {}

  // Another character of the current word.
  void add(char32_t c) {
    if (length_ < kMaxWord) word_[length_] = c;
    ++length_;
  }
  void end_word() {
    if (length_ > 0) flush();
  }
  // A character that is a word, after the end of the current one.
  void alone(char32_t c) {
    end_word();
    const std::int32_t id = vocabulary_.single(c);
    emit(id < 0 ? vocabulary_.unknown : id);
  }

  bool truncated() const { return truncated_; }

 private:
  static constexpr std::size_t kMaxWord = 200;  // longer words are unknown (official: max_input_chars_per_word)

  void flush();
  void emit(std::int32_t id) {
    if (ids_.size() < limit_) {
      ids_.push_back(id);
    } else {
      truncated_ = true;
    }
  }

  const Vocabulary& vocabulary_;
  std::vector<std::int32_t>& ids_;
  std::size_t limit_;
  bool truncated_ = false;
  std::size_t length_ = 0;
  std::array<char32_t, kMaxWord> word_;
};

}  // namespace cnclip
