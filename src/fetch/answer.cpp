#include "fetch/answer.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/ascii.h"
#include "base/header_text.h"
#include "fetch/failure.h"

namespace cnclip::fetch {
namespace {

constexpr std::size_t kHeadBytes = 16 << 10, kBlock = 16 << 10, kChunkLine = 256;

struct Head {
  int status = 0;
  std::optional<std::size_t> length;
  bool chunked = false;
};

[[noreturn]] void throw_malformed(const char* what) {
  throw_failure(Failure::no_answer, "the host's answer is no HTTP: {}", what);
}

std::size_t number_of(std::string_view text, int base, const char* what) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error == std::errc::result_out_of_range) throw_failure(Failure::too_large, "the picture is too large");
  if (error != std::errc() || end != text.data() + text.size()) throw_malformed(what);
  return number;
}

// "HTTP/1.1 200 OK"
int status_of(std::string_view line) {
  const bool known = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  const std::string_view digits = line.substr(std::min<std::size_t>(9, line.size()), 3);
  if (!known || digits.size() != 3 || (line.size() > 12 && line[12] != ' ')) throw_malformed("its first line");
  return static_cast<int>(number_of(digits, 10, "its status"));
}

void read_header(std::string_view line, Head& head) {
  const std::size_t colon = line.find(':');
  if (has_control(line) || colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    throw_malformed("a header");
  }
  const std::string name = lower(line.substr(0, colon)), value = lower(trimmed(line.substr(colon + 1)));
  if (name == "content-length") {
    if (head.length) throw_malformed("Content-Length stands twice");
    head.length = number_of(value, 10, "Content-Length");
  } else if (name == "transfer-encoding") {
    if (head.chunked || value != "chunked") throw_malformed("Transfer-Encoding");
    head.chunked = true;
  } else if (name == "content-encoding" && value != "identity") {
    throw_failure(Failure::no_answer, "the host compresses its answer, although it was asked not to");
  }
}

// `bytes`: lines, each with its end.
Head parse_head(std::string_view bytes) {
  Head head;
  for (bool first = true; !bytes.empty(); first = false) {
    const std::size_t end = bytes.find("\r\n");
    const std::string_view line = bytes.substr(0, end);
    if (first) {
      head.status = status_of(line);
    } else {
      read_header(line, head);
    }
    bytes.remove_prefix(end + 2);
  }
  if (head.length && head.chunked) throw_malformed("both Content-Length and Transfer-Encoding");
  return head;
}

class Reader {
 public:
  Reader(const More& more, const AnswerBounds& bounds) : more_(more), bounds_(bounds) {}

  std::string read() {
    Head head = parse_head(until("\r\n\r\n", kHeadBytes));
    for (std::size_t left = 4; head.status >= 100 && head.status < 200 && left > 0; --left) {  // "103 Early Hints"
      head = parse_head(until("\r\n\r\n", kHeadBytes));
    }
    if (head.status >= 300 && head.status < 400) {
      throw_failure(Failure::redirect, "the host answers {}: redirects are not followed", head.status);
    }
    if (head.status != 200) throw_failure(Failure::no_answer, "the host answers {}", head.status);
    if (head.chunked) {
      chunks();
    } else if (head.length) {
      body(*head.length);
    } else {
      while (buffered() || fill()) body(buffer_.size() - at_);
    }
    return std::move(body_);
  }

 private:
  bool buffered() const { return at_ < buffer_.size(); }

  // False at the end.
  bool fill() {
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kBlock);
    const std::size_t got = more_(std::span(buffer_).subspan(before));
    buffer_.resize(before + got);
    return got > 0;
  }

  // What comes before the line's end that closes `mark`; the mark is left behind.
  std::string until(std::string_view mark, std::size_t most) {
    for (;;) {
      const std::size_t end = buffer_.find(mark, at_);
      if (end != std::string::npos && end - at_ <= most) {
        std::string found = buffer_.substr(at_, end + 2 - at_);
        at_ = end + mark.size();
        return found;
      }
      if (buffer_.size() - at_ > most + mark.size() || end != std::string::npos) throw_malformed("a line too long");
      if (!fill()) throw_malformed("it ends too early");
    }
  }

  void body(std::size_t size) {
    if (size > bounds_.bytes - body_.size()) {
      throw_failure(Failure::too_large, "the picture has over {} bytes, all that is left of this request",
                    bounds_.bytes);
    }
    while (size > 0) {
      if (!buffered() && !fill()) throw_failure(Failure::no_answer, "the host's answer ends too early");
      const std::size_t count = std::min(size, buffer_.size() - at_);
      if (!bounds_.take(count)) throw_failure(Failure::no_room, "too many bytes are in memory");
      body_.append(buffer_, at_, count);
      at_ += count;
      size -= count;
    }
  }

  void chunks() {
    for (;;) {
      const std::string line = until("\r\n", kChunkLine);
      const std::string_view digits = trimmed(std::string_view(line).substr(0, line.find_first_of(";\r")));
      const std::size_t size = number_of(digits, 16, "the length of a chunk");
      if (size == 0) return;  // trailers are of no interest
      body(size);
      until("\r\n", 0);
    }
  }

  const More& more_;
  const AnswerBounds& bounds_;
  std::string buffer_;  // what came and is not used yet
  std::size_t at_ = 0;  // in buffer_
  std::string body_;
};

}  // namespace

std::string read_answer(const More& more, const AnswerBounds& bounds) {
  return Reader(more, bounds).read();
}

}  // namespace cnclip::fetch
