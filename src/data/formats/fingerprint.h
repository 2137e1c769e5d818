// Sets of identities too many to keep as strings.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cnclip {

// 128 bits of SHA-256: two that are equal are of equal texts, as far as anyone will ever see.
struct Fingerprint {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const Fingerprint&) const =
      default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 takes its 0 for one
};
Fingerprint fingerprint(std::string_view bytes);

// Open addressing, at most half full: 32 bytes a member while it grows, and no more than 64.
class FingerprintSet {
 public:
  // False when it was there already.
  bool insert(const Fingerprint& member);
  bool insert(std::string_view text) { return insert(fingerprint(text)); }
  bool contains(const Fingerprint& member) const;
  bool contains(std::string_view text) const { return contains(fingerprint(text)); }
  std::size_t size() const { return size_; }

 private:
  std::size_t slot_of(const Fingerprint& member) const;
  std::vector<Fingerprint> slots_;  // zero: empty
  std::size_t size_ = 0;
};

}  // namespace cnclip
