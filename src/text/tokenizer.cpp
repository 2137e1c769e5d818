#include "cnclip/tokenizer.h"

#include <algorithm>

#include "base/error.h"
#include "text/scan.h"
#include "text/vocabulary.h"
#include "text/vocabulary_data.h"
#include "text/word_pieces.h"

namespace cnclip {
namespace {

constexpr int kMinContext = 2;    // [CLS] and [SEP]
constexpr int kMaxContext = 512;  // the positions that BERT has

}  // namespace

struct Tokenizer::Impl {
  Vocabulary vocabulary;
};

Tokenizer::Tokenizer(std::string_view vocabulary) : impl_(new Impl{Vocabulary(vocabulary)}) {}
Tokenizer::~Tokenizer() = default;

const Tokenizer& Tokenizer::chinese() {
  static const Tokenizer tokenizer(embedded_vocabulary());
  return tokenizer;
}

Tokens Tokenizer::encode(std::string_view text, int context_length, TextVariant variant) const {
  if (context_length < kMinContext || context_length > kMaxContext) {
    throw_usage("context length {}: must be between {} and {}", context_length, kMinContext, kMaxContext);
  }
  const Vocabulary& vocabulary = impl_->vocabulary;
  const std::size_t limit = static_cast<std::size_t>(context_length) - 1;  // [CLS] and what the text gives

  Tokens tokens;
  tokens.ids.reserve(std::min(text.size() + 1, limit) + 1);
  const auto run = [&](auto scan) {
    tokens.ids.assign(1, vocabulary.cls);
    WordPieces pieces(vocabulary, tokens.ids, limit);
    const bool done = scan(pieces);
    tokens.truncated = pieces.truncated();
    return done;
  };
  if (!run([&](WordPieces& out) { return scan_in_one_pass(text, variant, out); })) {
    run([&](WordPieces& out) { return scan_in_context(text, variant, out), true; });
  }
  tokens.ids.push_back(vocabulary.sep);
  return tokens;
}

std::int32_t Tokenizer::pad_id() const {
  return impl_->vocabulary.pad;
}
std::int32_t Tokenizer::vocabulary_size() const {
  return impl_->vocabulary.size();
}

}  // namespace cnclip
