#include "eval/report/content_hash.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"

namespace cnclip {

void ContentHash::add(std::initializer_list<std::string_view> parts) {
  Sha256 digest;
  for (const std::string_view part : parts) {  // its length first: where a part ends must count
    const std::string length = fmt::format("{}:", part.size());
    digest.update(std::as_bytes(std::span(length)));
    digest.update(std::as_bytes(std::span(part)));
  }
  records_.push_back(digest.hex());
}

std::string ContentHash::hex() const {
  std::vector<std::string> sorted = records_;
  std::ranges::sort(sorted);
  Sha256 digest;
  for (const std::string& record : sorted) digest.update(std::as_bytes(std::span(record)));
  return digest.hex();
}

}  // namespace cnclip
