// PBM, PGM, PPM, plain and raw, up to 16 bits a sample.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

class Scanner {
 public:
  Scanner(Bytes bytes, std::string_view name)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {}

  std::int64_t number() {
    skip_space();
    std::int64_t value = 0;
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - begin < 10) {
      value = value * 10 + (text_[at_++] - '0');
    }
    if (at_ == begin || (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '#')) {
      throw_bad_input("{}: PNM: no number at byte {}", name_, begin);
    }
    return value;
  }
  // A plain bitmap's digits need no space between them.
  int bit() {
    skip_space();
    if (at_ == text_.size() || (text_[at_] != '0' && text_[at_] != '1')) {
      throw_bad_input("{}: PNM: no bit at byte {}", name_, at_);
    }
    return text_[at_++] - '0';
  }
  // After the one white space that ends the header.
  const std::uint8_t* raw(std::size_t size) {
    const std::size_t begin = at_ + 1;
    if (begin > text_.size() || size > text_.size() - begin) {
      throw_bad_input("{}: PNM: cut short: {} bytes from byte {} on are needed", name_, size, begin);
    }
    return reinterpret_cast<const std::uint8_t*>(text_.data()) + begin;
  }
  std::size_t left() const { return text_.size() - at_; }

 private:
  void skip_space() {
    for (; at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '#'); ++at_) {
      if (text_[at_] != '#') continue;
      while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
      if (at_ == text_.size()) return;
    }
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 2;
};

// value / most * full, halves to even, as Python's round().
std::int64_t rescaled(std::int64_t value, std::int64_t most, std::int64_t full) {
  const std::int64_t twice = 2 * value * full, whole = twice / (2 * most), rest = twice % (2 * most);
  const bool up = rest > most || (rest == most && whole % 2 != 0);
  return std::min(full, whole + (up ? 1 : 0));
}

void read_bitmap(Image& image, const std::uint8_t* raw) {
  const auto width = static_cast<std::size_t>(image.width), stride = (width + 7) / 8;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const std::size_t x = i % width, y = i / width;
    image.pixels[i] = (raw[y * stride + x / 8] >> (7 - x % 8) & 1) != 0 ? 0 : 255;
  }
}

}  // namespace

Image decode_pnm(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const char kind = static_cast<char>(bytes[1]);
  const bool plain = kind <= '3', bitmap = kind == '1' || kind == '4', color = kind == '3' || kind == '6';
  Scanner scan(bytes, name);
  const std::int64_t width = scan.number(), height = scan.number(), most = bitmap ? 1 : scan.number();
  if (most < 1 || most > 65535) throw_bad_input("{}: PNM: the largest sample is {}", name, most);
  const bool wide = !color && most > 255;
  check_size(width, height, name, options);
  const auto samples = static_cast<std::size_t>(width * height) * (color ? 3 : 1);
  // Before the memory is taken: the file must be able to hold what it claims.
  const std::size_t sample_size = most > 255 ? 2 : 1;
  const std::size_t raw_size = bitmap ? static_cast<std::size_t>((width + 7) / 8 * height) : samples * sample_size;
  const std::uint8_t* raw = plain ? nullptr : scan.raw(raw_size);
  if (plain && samples > scan.left()) throw_bad_input("{}: PNM: cut short: {} samples are needed", name, samples);

  Image image = make_image(width, height,
                           bitmap  ? ImageMode::bilevel
                           : color ? ImageMode::rgb
                           : wide  ? ImageMode::i32
                                   : ImageMode::l,
                           name, options);
  if (bitmap && !plain) {
    read_bitmap(image, raw);
    return image;
  }
  for (std::size_t i = 0; i < samples; ++i) {
    if (bitmap) {
      image.pixels[i] = scan.bit() != 0 ? 0 : 255;
      continue;
    }
    std::int64_t value = 0;
    if (plain) {
      value = scan.number();
      if (value > most) throw_bad_input("{}: PNM: a sample of {}, the largest is {}", name, value, most);
    } else {
      value = sample_size == 1 ? raw[i] : raw[2 * i] << 8 | raw[2 * i + 1];
    }
    if (wide) {
      const auto sample = static_cast<std::uint16_t>(rescaled(value, most, 65535));
      std::memcpy(&image.pixels[2 * i], &sample, 2);
    } else {
      image.pixels[i] = static_cast<std::uint8_t>(rescaled(value, most, 255));
    }
  }
  return image;
}

}  // namespace cnclip
