#include <charconv>
#include <map>
#include <variant>

#include "base/error.h"
#include "data/formats/pickled_pair.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

// A pair needs three values, a mark and a tuple; more is no pair.
constexpr std::size_t kMaxStack = 8;
constexpr std::size_t kMaxMemo = 8;

struct Mark {};
using Value = std::variant<Mark, Id, PickledPair>;

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 63));
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  }
}

class Machine {
 public:
  Machine(std::string_view bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  PickledPair run() {
    while (step()) {
    }
    if (stack_.size() != 1 || !std::holds_alternative<PickledPair>(stack_[0])) fail("is not (image_id, text_id, text)");
    return std::get<PickledPair>(std::move(stack_[0]));
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw_bad_input("{}: the pickle {}, at byte {} of {}", where_, why, at_, bytes_.size());
  }
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size() - at_) fail("is cut short");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  std::uint64_t unsigned_of(std::size_t size) {
    std::uint64_t value = 0;
    const std::string_view taken = take(size);
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
    return value;
  }
  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("is cut short");
    const std::string_view text = take(end - at_);
    ++at_;
    return text;
  }

  void push(Value value) {
    if (stack_.size() == kMaxStack) fail("holds too many values");
    stack_.push_back(std::move(value));
  }
  void push_integer(std::int64_t value) { push(Id{std::to_string(value), true}); }
  void push_long(std::uint64_t size) {  // two's complement
    const std::string_view digits = take(size);
    if (size > 8) fail("holds an integer of more than 64 bits");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{static_cast<unsigned char>(digits[i])} << (8 * i);
    if (size > 0 && size < 8 && (digits.back() & 0x80) != 0) value |= ~std::uint64_t{0} << (8 * size);
    push_integer(static_cast<std::int64_t>(value));
  }
  void push_decimal(std::string_view text) {
    if (text.ends_with('L')) text.remove_suffix(1);
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) fail("holds what is no integer of 64 bits");
    push_integer(value);
  }
  void push_string(std::string text) {
    if (!is_utf8(text)) fail("holds a string that is not UTF-8");
    push(Id{std::move(text), false});
  }
  // Protocol 0: Latin-1 with \uXXXX and \UXXXXXXXX.
  void push_escaped(std::string_view raw) {
    std::string text;
    for (std::size_t i = 0; i < raw.size();) {
      const bool escape = raw[i] == '\\' && i + 1 < raw.size() && (raw[i + 1] == 'u' || raw[i + 1] == 'U');
      if (!escape) {
        append_utf8(text, static_cast<unsigned char>(raw[i++]));
        continue;
      }
      const std::size_t digits = raw[i + 1] == 'u' ? 4 : 8;
      const std::string_view hex = raw.substr(i + 2, digits);
      std::uint32_t c = 0;
      const auto [stop, error] = std::from_chars(hex.data(), hex.data() + hex.size(), c, 16);
      if (hex.size() != digits || error != std::errc() || stop != hex.data() + digits || c > 0x10ffff) {
        fail("holds a broken escape");
      }
      append_utf8(text, c);
      i += 2 + digits;
    }
    push_string(std::move(text));
  }

  void put(std::uint64_t key) {
    if (stack_.empty()) fail("remembers a value it does not have");
    if (memo_.size() == kMaxMemo && !memo_.contains(key)) fail("remembers too many values");
    memo_[key] = stack_.back();
  }
  void get(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) fail("asks for a value it never remembered");
    push(found->second);
  }
  std::uint64_t key_of(std::string_view text) const {
    std::uint64_t key = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), key);
    if (error != std::errc() || stop != text.data() + text.size()) fail("has a broken memo key");
    return key;
  }

  void make_pair(std::size_t first) {
    if (stack_.size() - first != 3) fail("is not a tuple of three");
    PickledPair pair;
    for (std::size_t i = 0; i < 3; ++i) {
      Id* value = std::get_if<Id>(&stack_[first + i]);
      if (value == nullptr || (i == 2 && value->number)) fail("is not (image_id, text_id, text)");
      if (i == 2)
        pair.text = std::move(value->text);
      else
        (i == 0 ? pair.image_id : pair.text_id) = std::move(*value);
    }
    stack_.resize(first);
    push(std::move(pair));
  }
  void make_marked_pair() {
    std::size_t mark = stack_.size();
    while (mark > 0 && !std::holds_alternative<Mark>(stack_[mark - 1])) --mark;
    if (mark == 0) fail("closes a tuple it never opened");
    stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(mark - 1));
    make_pair(mark - 1);
  }

  // One opcode. False after STOP.
  bool step() {
    const char opcode = take(1)[0];
    switch (opcode) {
      case '\x80': take(1); break;                                               // PROTO
      case '\x95': take(8); break;                                               // FRAME
      case '(': push(Mark{}); break;                                             // MARK
      case 'I':                                                                  // INT
      case 'L': push_decimal(line()); break;                                     // LONG
      case 'K': push_integer(static_cast<std::int64_t>(unsigned_of(1))); break;  // BININT1
      case 'M': push_integer(static_cast<std::int64_t>(unsigned_of(2))); break;  // BININT2
      case 'J': push_integer(static_cast<std::int32_t>(unsigned_of(4))); break;  // BININT
      case '\x8a': push_long(unsigned_of(1)); break;                             // LONG1
      case '\x8b': push_long(unsigned_of(4)); break;                             // LONG4
      case 'V': push_escaped(line()); break;                                     // UNICODE
      case '\x8c': push_string(std::string(take(unsigned_of(1)))); break;        // SHORT_BINUNICODE
      case 'X': push_string(std::string(take(unsigned_of(4)))); break;           // BINUNICODE
      case '\x8d': push_string(std::string(take(unsigned_of(8)))); break;        // BINUNICODE8
      case '\x94': put(memo_.size()); break;                                     // MEMOIZE
      case 'p': put(key_of(line())); break;                                      // PUT
      case 'q': put(unsigned_of(1)); break;                                      // BINPUT
      case 'r': put(unsigned_of(4)); break;                                      // LONG_BINPUT
      case 'g': get(key_of(line())); break;                                      // GET
      case 'h': get(unsigned_of(1)); break;                                      // BINGET
      case 'j': get(unsigned_of(4)); break;                                      // LONG_BINGET
      case '\x87':                                                               // TUPLE3
        if (stack_.size() < 3) fail("is not a tuple of three");
        make_pair(stack_.size() - 3);
        break;
      case 't': make_marked_pair(); break;  // TUPLE
      case '.': return false;               // STOP
      default: fail(fmt::format("has opcode 0x{:02x}, which no pair needs,", static_cast<unsigned char>(opcode)));
    }
    return true;
  }

  std::string_view bytes_, where_;
  std::size_t at_ = 0;
  std::vector<Value> stack_;
  std::map<std::uint64_t, Value> memo_;
};

}  // namespace

PickledPair read_pickled_pair(std::string_view bytes, std::string_view where) {
  return Machine(bytes, where).run();
}

}  // namespace cnclip
