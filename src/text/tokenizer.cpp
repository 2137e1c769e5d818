#include "cnclip/tokenizer.h"

#include "base/error.h"
#include "text/unicode.h"
#include "text/vocabulary.h"
#include "text/vocabulary_data.h"

namespace cnclip {
namespace {

constexpr std::size_t kMaxWordCharacters = 200;  // longer words are unknown (official: max_input_chars_per_word)

// Turns one text into ids; stops when there are more than fit.
class Run {
 public:
  Run(const Vocabulary& vocabulary, std::vector<std::int32_t>& ids, std::size_t limit)
      : vocabulary_(vocabulary), ids_(ids), limit_(limit) {}

  bool full() const { return ids_.size() > limit_; }

  void text(const CodePoints& text) {
    for (const std::uint32_t c : text) {
      if (full()) return;
      if (is_cjk_ideograph(c)) {
        flush();
        ideograph(c);
      } else if (is_space(c)) {
        flush();
      } else if (!is_dropped(c)) {
        token_.push_back(c);
        ascii_ = ascii_ && c < 0x80;
      }
    }
    flush();
  }

 private:
  void ideograph(std::uint32_t c) {
    if (c >= 0xf900) {  // compatibility ideographs decompose into others
      strip_accents({c}, stripped_);
      c = stripped_.front();
    }
    const std::int32_t id = vocabulary_.single(c);
    ids_.push_back(id < 0 ? vocabulary_.unknown : id);
  }

  // What stood between two spaces.
  void flush() {
    if (token_.empty()) return;
    const CodePoints* characters = &token_;
    if (!ascii_) {
      lower(token_);
      strip_accents(token_, stripped_);
      characters = &stripped_;
    }
    for (const std::uint32_t c : *characters) {
      if (is_punctuation(c)) {
        word();
        append(c);
        word();
      } else {
        append(c < 0x80 && c >= 'A' && c <= 'Z' ? c + 32 : c);
      }
    }
    word();
    token_.clear();
    ascii_ = true;
  }

  void append(std::uint32_t c) {
    append_utf8(c, word_);
    ++word_characters_;
  }

  // WordPiece: the longest match first; a word with a place that nothing matches is unknown as a whole.
  void word() {
    if (word_.empty()) return;
    const std::size_t before = ids_.size();
    bool known = word_characters_ <= kMaxWordCharacters;
    for (std::size_t at = 0; known && at < word_.size();) {
      const auto match = vocabulary_.longest(std::string_view(word_).substr(at), at > 0);
      known = match.length > 0;
      ids_.push_back(match.id);
      at += match.length;
    }
    if (!known) {
      ids_.resize(before);
      ids_.push_back(vocabulary_.unknown);
    }
    word_.clear();
    word_characters_ = 0;
  }

  const Vocabulary& vocabulary_;
  std::vector<std::int32_t>& ids_;
  std::size_t limit_;
  CodePoints token_, stripped_;
  bool ascii_ = true;
  std::string word_;
  std::size_t word_characters_ = 0;
};

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
  if (context_length < 2) throw_usage("context length {}: there must be room for [CLS] and [SEP]", context_length);
  const Vocabulary& vocabulary = impl_->vocabulary;
  thread_local CodePoints characters;
  decode_utf8(text, characters);
  if (variant == TextVariant::training) {
    lower(characters);
    for (std::uint32_t& c : characters) {
      if (c == 0x201c || c == 0x201d) c = '"';
    }
  }
  Tokens tokens;
  tokens.ids.reserve(std::min<std::size_t>(characters.size(), static_cast<std::size_t>(context_length)) + 2);
  tokens.ids.push_back(vocabulary.cls);
  const auto limit = static_cast<std::size_t>(context_length) - 1;  // [CLS] and payload
  Run(vocabulary, tokens.ids, limit).text(characters);
  if (tokens.ids.size() > limit) {
    tokens.ids.resize(limit);
    tokens.truncated = true;
  }
  tokens.ids.push_back(vocabulary.sep);
  return tokens;
}

std::int32_t Tokenizer::pad_id() const { return impl_->vocabulary.pad; }
std::int64_t Tokenizer::vocabulary_size() const { return impl_->vocabulary.size(); }

}  // namespace cnclip
