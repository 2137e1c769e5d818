// Up to 16 queries, multiplied together by the matrix unit of processors that have one (AMX): each code that is read
// serves all of them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "search/nearest/codes.h"

namespace cnclip::search {

class QueryGroup {
 public:
  static constexpr std::size_t kMost = 16;

  // Whether this processor has the unit and the system lets this process use it. Without it, multiply() is slow.
  static bool available();

  // The queries with these numbers, kMost at most; `members` is to live as long.
  QueryGroup(std::span<const QueryCode> queries, std::span<const std::uint32_t> members);

  std::span<const std::uint32_t> members() const { return members_; }
  // What QueryCode::multiply gives each member, `apart` products from one member to the next.
  void multiply(const std::uint8_t* codes, std::size_t count, std::int32_t* products, std::size_t apart) const;

 private:
  std::span<const std::uint32_t> members_;
  std::size_t stride_;
  std::array<std::uint32_t, kMost> offsets_{};
  // For each 64 values, a tile of the high and one of the low parts: 16 rows of 4 values of each member.
  std::vector<std::int8_t> tiles_;
};

}  // namespace cnclip::search
