// The official BERT WordPiece pipeline for Chinese text, exactly (reference: cn_clip/clip/bert_tokenizer.py).
//
// A Tokenizer owns its vocabulary and never changes: any number of threads may use one. Texts are UTF-8; bytes that are
// not throw Error (bad_input) naming the offset.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "cnclip/error.h"  // what is thrown

namespace cnclip {

struct Tokens {
  std::vector<std::int32_t> ids;  // [CLS] … [SEP], not padded
  bool truncated = false;         // the text had more tokens than there was room for; its end was cut
};

enum class TextVariant {
  api,       // as `tokenize` of the official package
  training,  // as its training and evaluation: lower-cased first, curly quotes made straight
};

class Tokenizer {
 public:
  // The official vocabulary, built in.
  static const Tokenizer& chinese();
  // A vocab.txt: a token a line, the id is the line's number from 0. Throws bad_input when it is empty, longer than 4
  // MiB, not UTF-8, or lacks [PAD], [UNK], [CLS] or [SEP].
  explicit Tokenizer(std::string_view vocabulary);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // At most `context_length` ids, [CLS] and [SEP] among them. Throws usage unless it lies in 2..512.
  Tokens encode(std::string_view text, int context_length = 52, TextVariant variant = TextVariant::api) const;

  std::int32_t pad_id() const;
  std::int32_t vocabulary_size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnclip
