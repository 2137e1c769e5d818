// PBM, PGM, PPM, plain and raw, up to 16 bits a sample.
#include <cctype>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

class Scanner {
 public:
  Scanner(Bytes bytes, std::string_view name) : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {}

  std::int64_t number() {
    skip_space();
    std::int64_t value = 0;
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 && value < 1'000'000'000) {
      value = value * 10 + (text_[at_++] - '0');
    }
    if (at_ == begin) throw_bad_input("{}: PNM: no number at byte {}", name_, at_);
    return value;
  }
  // A plain bitmap's digits need no space between them.
  int bit() {
    skip_space();
    if (at_ == text_.size() || (text_[at_] != '0' && text_[at_] != '1')) throw_bad_input("{}: PNM: no bit at byte {}", name_, at_);
    return text_[at_++] - '0';
  }
  std::string_view raw(std::size_t size) {
    ++at_;  // the one white space after the header
    if (at_ > text_.size() || size > text_.size() - at_) throw_bad_input("{}: PNM: cut short", name_);
    return text_.substr(at_, size);
  }
  std::size_t at_ = 2;

 private:
  void skip_space() {
    while (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '#')) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        ++at_;
      }
    }
  }
  std::string_view text_;
  std::string_view name_;
};

}  // namespace

Image decode_pnm(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const char kind = static_cast<char>(bytes[1]);
  Scanner scan(bytes, name);
  const std::int64_t width = scan.number(), height = scan.number();
  const bool bitmap = kind == '1' || kind == '4', color = kind == '3' || kind == '6';
  const std::int64_t most = bitmap ? 1 : scan.number();
  if (most < 1 || most > 65535) throw_bad_input("{}: PNM: the largest sample is {}", name, most);
  Image image = make_image(width, height, bitmap ? ImageMode::bilevel : color ? ImageMode::rgb : ImageMode::l, name, options);
  const auto scaled = [&](std::int64_t value) {
    return static_cast<std::uint8_t>(std::min<std::int64_t>(255, (value * 255 + most / 2) / most));
  };
  if (kind <= '3') {
    if (image.pixels.size() > bytes.size()) throw_bad_input("{}: PNM: cut short", name);
    for (std::uint8_t& pixel : image.pixels) pixel = bitmap ? (scan.bit() != 0 ? 0 : 255) : scaled(scan.number());
    return image;
  }
  if (bitmap) {
    const std::size_t stride = static_cast<std::size_t>(width + 7) / 8;
    const std::string_view raw = scan.raw(stride * static_cast<std::size_t>(height));
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      const std::size_t x = i % static_cast<std::size_t>(width), y = i / static_cast<std::size_t>(width);
      image.pixels[i] = (raw[y * stride + x / 8] >> (7 - x % 8) & 1) != 0 ? 0 : 255;
    }
    return image;
  }
  const std::size_t wide = most > 255 ? 2 : 1;
  const std::string_view raw = scan.raw(image.pixels.size() * wide);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    std::int64_t value = static_cast<unsigned char>(raw[i * wide]);
    if (wide == 2) value = value << 8 | static_cast<unsigned char>(raw[i * wide + 1]);
    image.pixels[i] = scaled(value);
  }
  return image;
}

}  // namespace cnclip
