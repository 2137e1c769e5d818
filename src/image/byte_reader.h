// Numbers out of untrusted bytes. Every read is checked; one past the end throws bad_input.
#pragma once

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {

class ByteReader {
 public:
  // `what` opens the message of the error: the file's name and its format.
  ByteReader(Bytes bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}

  std::size_t size() const { return bytes_.size(); }
  std::uint8_t u8(std::size_t at) const {
    if (at >= bytes_.size()) throw_bad_input("{}: cut short: byte {} of {} is needed", what_, at, bytes_.size());
    return static_cast<std::uint8_t>(bytes_[at]);
  }
  std::uint16_t u16le(std::size_t at) const { return static_cast<std::uint16_t>(u8(at) | u8(at + 1) << 8); }
  std::uint16_t u16be(std::size_t at) const { return static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1)); }
  std::uint32_t u32le(std::size_t at) const { return u16le(at) | std::uint32_t{u16le(at + 2)} << 16; }
  std::uint32_t u32be(std::size_t at) const { return std::uint32_t{u16be(at)} << 16 | u16be(at + 2); }
  const std::uint8_t* range(std::size_t at, std::size_t length) const {
    if (at > bytes_.size() || length > bytes_.size() - at) {
      throw_bad_input("{}: cut short: {} bytes from byte {} on are needed, it has {}", what_, length, at,
                      bytes_.size());
    }
    return reinterpret_cast<const std::uint8_t*>(bytes_.data()) + at;
  }

 private:
  Bytes bytes_;
  std::string what_;
};

}  // namespace cnclip
