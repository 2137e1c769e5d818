#include "data/formats/fingerprint.h"

#include <span>

#include "base/sha256.h"

namespace cnclip {

Fingerprint fingerprint(std::string_view bytes) {
  const std::string hex = sha256_hex(std::as_bytes(std::span(bytes)));
  const auto number = [&](std::size_t at) { return std::stoull(hex.substr(at, 16), nullptr, 16); };
  return {number(0), number(16)};
}

std::size_t FingerprintSet::slot_of(const Fingerprint& member) const {
  std::size_t slot = member.low & (slots_.size() - 1);
  while (slots_[slot] != Fingerprint{} && slots_[slot] != member) slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

bool FingerprintSet::contains(const Fingerprint& member) const {
  return !slots_.empty() && slots_[slot_of(member)] == member;
}

bool FingerprintSet::insert(const Fingerprint& member) {
  if (2 * (size_ + 1) > slots_.size()) {
    std::vector<Fingerprint> old(slots_.empty() ? 1024 : 2 * slots_.size());
    old.swap(slots_);
    for (const Fingerprint& each : old) {
      if (each != Fingerprint{}) slots_[slot_of(each)] = each;
    }
  }
  const std::size_t slot = slot_of(member);
  if (slots_[slot] == member) return false;
  slots_[slot] = member;
  ++size_;
  return true;
}

}  // namespace cnclip
