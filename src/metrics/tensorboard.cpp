#include "metrics/tensorboard.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstring>

#include "base/error.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "events.out.tfevents.";

// CRC-32C, of Castagnoli: zlib's has another polynomial.
std::uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78u : 0);
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t crc = ~0u;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

template <class T>
std::string little_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

std::string masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return little_endian(std::rotr(crc, 15) + 0xa282ead8u);
}

std::string framed(const std::string& data) {
  const std::string length = little_endian(std::uint64_t{data.size()});
  return length + masked_crc(length) + data + masked_crc(data);
}

// Fields of a protobuf message, by their wire types.
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string whole_field(unsigned number, std::int64_t value) {
  return varint(number << 3) + varint(static_cast<std::uint64_t>(value));
}
std::string double_field(unsigned number, double value) {
  return varint(number << 3 | 1) + little_endian(value);
}
std::string float_field(unsigned number, float value) {
  return varint(number << 3 | 5) + little_endian(value);
}
std::string bytes_field(unsigned number, const std::string& bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}

// Fields of tensorflow.Event, of its Summary and of its SessionLog.
enum Event : unsigned { kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7 };
enum Summary : unsigned { kValue = 1, kTag = 1, kSimpleValue = 2 };
enum SessionLog : unsigned { kStatus = 1 };
constexpr std::int64_t kStart = 1;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string event(std::int64_t step, const std::string& what) {
  return framed(double_field(kWallTime, now()) + whole_field(kStep, step) + what);
}

fs::path next_file(const fs::path& folder) {
  fs::create_directories(folder);
  auto seconds = static_cast<std::int64_t>(now());
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    std::int64_t taken = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), taken);
    if (taken < std::int64_t{9'999'999'999}) seconds = std::max(seconds, taken + 1);  // of as many digits
  }
  return folder / fmt::format("{}{}.cnclip", kPrefix, seconds);
}

}  // namespace

EventFile::EventFile(const fs::path& folder, std::int64_t first_step) : file_(next_file(folder)) {
  file_.write(framed(double_field(kWallTime, now()) + bytes_field(kFileVersion, "brain.Event:2")) +
              event(first_step, bytes_field(kSessionLog, whole_field(kStatus, kStart))));
}

void EventFile::add(std::int64_t step, const Scalars& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars) {
    summary += bytes_field(kValue, bytes_field(kTag, tag) + float_field(kSimpleValue, static_cast<float>(value)));
  }
  file_.write(event(step, bytes_field(kSummary, summary)));
}

}  // namespace cnclip
