// As CPython's C pickler writes at protocol 4: see Modules/_pickle.c for when frames close.
#include <array>

#include "data/formats/pickled_pair.h"

namespace cnclip {
namespace {

constexpr std::size_t kFrameTarget = std::size_t{64} << 10;
constexpr std::size_t kFrameMinimum = 4;

void append(std::string& out, char opcode, std::uint64_t value, int bytes) {  // little-endian
  out += opcode;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

class Pickler {
 public:
  void integer(std::int64_t value) {
    boundary();
    if (value >= 0 && value < 256) {
      append(frame_, 'K', static_cast<std::uint64_t>(value), 1);
    } else if (value >= 0 && value < 65536) {
      append(frame_, 'M', static_cast<std::uint64_t>(value), 2);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
      append(frame_, 'J', static_cast<std::uint64_t>(value), 4);
    } else {
      int bytes = 8;  // as few as hold the value and its sign
      while (value >> (8 * (bytes - 1) - 1) == value >> 63) --bytes;
      frame_ += '\x8a';
      append(frame_, static_cast<char>(bytes), static_cast<std::uint64_t>(value), bytes);
    }
  }

  void string(const std::string& text) {
    boundary();
    if (const int known = remembered(text); known >= 0) {
      append(frame_, 'h', static_cast<std::uint64_t>(known), 1);
    } else {
      const bool large = text.size() >= kFrameTarget;  // large strings stand between frames
      if (large) close_frame();
      std::string& out = large ? out_ : frame_;
      const bool is_short = text.size() < 256;
      append(out, is_short ? '\x8c' : 'X', text.size(), is_short ? 1 : 4);
      out += text;
      memoize(text);
    }
  }

  std::string finish() {
    frame_ += "\x87\x94.";  // TUPLE3, MEMOIZE, STOP
    close_frame();
    return std::move(out_);
  }

 private:
  // CPython has one object for the empty string and for each character up to U+00FF; all others are new objects, which
  // the memo does not find again.
  static bool is_shared(const std::string& text) {
    const bool latin = text.size() == 2 && (text[0] == '\xc2' || text[0] == '\xc3');
    return text.size() <= 1 || latin;
  }
  int remembered(const std::string& text) const {
    if (!is_shared(text)) return -1;
    for (int i = 0; i < memo_size_; ++i) {
      if (memo_[static_cast<std::size_t>(i)] == text) return i;
    }
    return -1;
  }
  void memoize(const std::string& text) {
    frame_ += '\x94';
    memo_[static_cast<std::size_t>(memo_size_++)] = text;
  }
  // Before each value.
  void boundary() {
    if (frame_.size() >= kFrameTarget) close_frame();
  }
  void close_frame() {
    if (frame_.size() >= kFrameMinimum) append(out_, '\x95', frame_.size(), 8);
    out_ += frame_;
    frame_.clear();
  }

  std::string out_ = "\x80\x04";
  std::string frame_;
  std::array<std::string, 3> memo_;
  int memo_size_ = 0;
};

void write_id(Pickler& pickler, const Id& id) {
  if (id.number)
    pickler.integer(std::stoll(id.text));
  else
    pickler.string(id.text);
}

}  // namespace

std::string pickled_pair(const PickledPair& pair) {
  Pickler pickler;
  write_id(pickler, pair.image_id);
  write_id(pickler, pair.text_id);
  pickler.string(pair.text);
  return pickler.finish();
}

}  // namespace cnclip
