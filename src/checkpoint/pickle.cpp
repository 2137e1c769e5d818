#include "checkpoint/pickle.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <map>

#include "base/error.h"
#include "checkpoint/pickle_globals.h"

namespace cnclip {
namespace {

// What no checkpoint comes near, and what keeps a hostile one from taking all memory: an opcode of one byte may cost a
// value of a hundred.
constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
constexpr std::size_t kMaxOpcodes = std::size_t{1} << 24;
constexpr std::size_t kMaxValues = std::size_t{1} << 22;
constexpr std::size_t kMaxName = 255;  // of globals and storages, which are copied where they are used
constexpr std::size_t kMaxLong = 255;

class Machine {
 public:
  Machine(std::string_view bytes, const std::string& name) : bytes_(bytes.substr(0, kMaxBytes)), name_(name) {}

  Pickle run() {
    for (std::size_t count = 0; !stopped_; ++count) {
      if (count == kMaxOpcodes) fail("too many opcodes");
      opcode_at_ = at_;
      execute(static_cast<unsigned char>(take(1)[0]));
    }
    pickle_.root = pop();
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw_bad_input("{}: {} at byte {} of the pickle", name_, why, opcode_at_);
  }
  [[noreturn]] void fail_short() const { fail(bytes_.size() == kMaxBytes ? "too long a pickle" : "cut short"); }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) fail_short();
    const std::string_view part = bytes_.substr(at_, count);
    at_ += count;
    return part;
  }
  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail_short();
    const std::string_view part = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return part;
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <class T>
  T parsed(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fail("not a number");
    return value;
  }

  PickleRef make(PickleValue value) {
    if (pickle_.values.size() == kMaxValues) fail("too many values");
    return &pickle_.values.emplace_back(std::move(value));
  }
  void push(PickleRef value) { stack_.push_back(value); }
  template <class T>
  void push_new(T value) {
    push(make({std::move(value)}));
  }
  PickleRef pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("takes from an empty stack");
    const PickleRef value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleRef top() {
    const PickleRef value = pop();
    push(value);
    return value;
  }
  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) fail("no mark on the stack");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleRef> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<PickleRef> pop_count(std::size_t count) {
    std::vector<PickleRef> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }
  std::string short_text(const PickleValue& value) {
    const auto* string = std::get_if<std::string>(&value.data);
    if (string == nullptr || string->size() > kMaxName) fail("a name is not a short text");
    return *string;
  }
  std::string_view unescaped(std::string_view text) {
    if (text.find('\\') != std::string_view::npos) fail("an escape sequence, which is not read,");
    return text;
  }

  void get(std::uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) fail("recalls what was never stored");
    push(found->second);
  }
  void global(std::string module, std::string name) {
    if (module.size() > kMaxName || name.size() > kMaxName) fail("refused a global with an endless name");
    if (!is_known_global(module, name)) fail(fmt::format("refused global {}.{}", module, name));
    push_new(PickleGlobal{std::move(module), std::move(name)});
  }
  void append(const std::vector<PickleRef>& items) {
    auto* list = std::get_if<PickleList>(&top()->data);
    if (list == nullptr) fail("appends to what is not a list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }
  void set_items(const std::vector<PickleRef>& items) {
    if (items.size() % 2 != 0) fail("a key without a value");
    auto* dict = std::get_if<PickleDict>(&top()->data);
    if (dict == nullptr) fail("sets items of what is not a dictionary");
    for (std::size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
  }
  void dict_of(const std::vector<PickleRef>& items) {
    push_new(PickleDict{});
    set_items(items);
  }
  void reduce() {
    const PickleRef arguments = pop(), callable = pop();
    const auto* function = std::get_if<PickleGlobal>(&callable->data);
    const auto* tuple = std::get_if<PickleTuple>(&arguments->data);
    if (function == nullptr || tuple == nullptr) fail("calls what is not a function of the table");
    auto result = reduce_global(*function, tuple->items, [this](const std::string& why) { fail(why); });
    if (auto* value = std::get_if<PickleValue>(&result)) return push(make(std::move(*value)));
    push(std::get<PickleRef>(result));
  }
  void new_object() {
    const PickleRef arguments = pop(), type = pop();
    const auto* global = std::get_if<PickleGlobal>(&type->data);
    if (global == nullptr || !std::holds_alternative<PickleTuple>(arguments->data)) fail("makes an object of no class");
    if (!is_known_class(*global))
      fail(fmt::format("makes an object of {}.{}, which is no class,", global->module, global->name));
    if (global->module == "collections") return push_new(PickleDict{});
    push_new(PickleObject{global->module + "." + global->name, nullptr});
  }
  void build() {
    const PickleRef state = pop(), object = top();
    if (auto* attributes = std::get_if<PickleObject>(&object->data)) attributes->state = state;
    // Attributes set on a dictionary or a tensor (state_dict's _metadata, a parameter's hooks) are not data.
  }
  void persistent(const PickleValue& id) {
    const auto* tuple = std::get_if<PickleTuple>(&id.data);
    if (tuple == nullptr || tuple->items.size() < 5) fail("a persistent id is not a storage");
    const auto& items = tuple->items;
    const auto type = storage_type(*items[1]);
    const auto* size = std::get_if<std::int64_t>(&items[4]->data);
    if (short_text(*items[0]) != "storage" || !type || size == nullptr || *size < 0) fail("a storage of no known kind");
    if (items.size() > 5 && !std::holds_alternative<PickleNone>(items[5]->data))
      fail("a view of a storage is not read");
    push_new(PickleStorage{*type, short_text(*items[2]), *size});
  }
  void long_integer(std::string_view digits) {  // little-endian two's complement
    if (digits.size() > kMaxLong) fail("an integer too large");
    if (digits.size() > 8) return push_new(PickleLong{std::string(digits)});
    std::uint64_t value = !digits.empty() && (digits.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = digits.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
    push_new(static_cast<std::int64_t>(value));
  }

  void execute(unsigned char opcode);

  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 0, opcode_at_ = 0;
  bool stopped_ = false;
  Pickle pickle_;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, PickleRef> memo_;  // ordered: chosen keys cannot make it slow
};

// Opcodes by the letters of Python's pickletools.
void Machine::execute(unsigned char opcode) {
  switch (opcode) {
    case 0x80: {  // PROTO
      if (const auto version = number<std::uint8_t>(); version > 5) fail(fmt::format("protocol {}", version));
      return;
    }
    case 0x95: number<std::uint64_t>(); return;  // FRAME
    case '.': stopped_ = true; return;
    case '(': marks_.push_back(stack_.size()); return;
    case '0': pop(); return;
    case '1': pop_to_mark(); return;
    case '2': push(top()); return;
    case 'N': return push_new(PickleNone{});
    case 0x88: return push_new(true);
    case 0x89: return push_new(false);
    case 'I': {
      const std::string_view digits = line();
      if (digits == "00" || digits == "01") return push_new(digits == "01");
      return push_new(parsed<std::int64_t>(digits));
    }
    case 'L': {
      std::string_view digits = line();
      if (digits.ends_with('L')) digits.remove_suffix(1);
      return push_new(parsed<std::int64_t>(digits));
    }
    case 'J': return push_new(static_cast<std::int64_t>(number<std::int32_t>()));
    case 'K': return push_new(static_cast<std::int64_t>(number<std::uint8_t>()));
    case 'M': return push_new(static_cast<std::int64_t>(number<std::uint16_t>()));
    case 0x8a: return long_integer(take(number<std::uint8_t>()));
    case 0x8b: return long_integer(take(number<std::uint32_t>()));
    case 'F': return push_new(parsed<double>(line()));
    case 'G': {
      auto bits = number<std::uint64_t>();
      bits = __builtin_bswap64(bits);
      return push_new(std::bit_cast<double>(bits));
    }
    case 'V': return push_new(std::string(unescaped(line())));
    case 'X': return push_new(std::string(take(number<std::uint32_t>())));
    case 0x8c: return push_new(std::string(take(number<std::uint8_t>())));
    case 0x8d: return push_new(std::string(take(number<std::uint64_t>())));
    case 'T': return push_new(std::string(take(number<std::uint32_t>())));
    case 'U': return push_new(std::string(take(number<std::uint8_t>())));
    case 'S': {
      const std::string_view quoted = line();
      if (quoted.size() < 2) fail("a string without quotes");
      return push_new(std::string(unescaped(quoted.substr(1, quoted.size() - 2))));
    }
    case 'B': return push_new(PickleBytes{std::string(take(number<std::uint32_t>()))});
    case 'C': return push_new(PickleBytes{std::string(take(number<std::uint8_t>()))});
    case 0x8e: return push_new(PickleBytes{std::string(take(number<std::uint64_t>()))});
    case ')': return push_new(PickleTuple{});
    case 't': return push_new(PickleTuple{pop_to_mark()});
    case 0x85: return push_new(PickleTuple{pop_count(1)});
    case 0x86: return push_new(PickleTuple{pop_count(2)});
    case 0x87: return push_new(PickleTuple{pop_count(3)});
    case ']': return push_new(PickleList{});
    case 'l': return push_new(PickleList{pop_to_mark()});
    case 'a': return append({pop()});
    case 'e': return append(pop_to_mark());
    case '}': return push_new(PickleDict{});
    case 'd': return dict_of(pop_to_mark());
    case 's': return set_items(pop_count(2));
    case 'u': return set_items(pop_to_mark());
    case 'p': memo_[parsed<std::uint64_t>(line())] = top(); return;
    case 'q': memo_[number<std::uint8_t>()] = top(); return;
    case 'r': memo_[number<std::uint32_t>()] = top(); return;
    case 0x94: memo_[memo_.size()] = top(); return;
    case 'g': return get(parsed<std::uint64_t>(line()));
    case 'h': return get(number<std::uint8_t>());
    case 'j': return get(number<std::uint32_t>());
    case 'c': {
      std::string module(line());
      return global(std::move(module), std::string(line()));
    }
    case 0x93: {
      const PickleRef name = pop(), module = pop();
      return global(short_text(*module), short_text(*name));
    }
    case 'R': return reduce();
    case 0x81: return new_object();
    case 'b': return build();
    case 'Q': return persistent(*pop());
    default: fail(fmt::format("opcode 0x{:02x} is not for data", opcode));
  }
}

}  // namespace

Pickle read_pickle(std::string_view bytes, const std::string& name) {
  return Machine(bytes, name).run();
}

}  // namespace cnclip
