#include "search/nearest/query_group.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cstring>

namespace cnclip::search {
namespace {

constexpr std::size_t kTileRows = 16, kTileBytes = 64, kTileSize = kTileRows * kTileBytes;
constexpr std::size_t kRows = 2 * kTileRows;  // of codes at once: four sums, so that none waits for the one before

// Sums of products of kRows rows with the parts of the members: kRows x kMost each.
using RowsKernel = void(const std::uint8_t* codes, std::size_t stride, const std::int8_t* tiles, std::int32_t* high,
                        std::int32_t* low);

#if defined(__x86_64__)

bool tiles_allowed() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kTile = 1u << 24, kInt8 = 1u << 25;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kTile) == 0 || (d & kInt8) == 0) return false;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

#define CNCLIP_AMX __attribute__((target("amx-tile,amx-int8")))

struct alignas(64) TileShapes {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes_a_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr TileShapes kShapes;  // a constant: GCC 12 does not know that _tile_loadconfig reads all of it

CNCLIP_AMX void multiply_tiles(const std::uint8_t* codes, std::size_t stride, const std::int8_t* tiles,
                               std::int32_t* high, std::int32_t* low) {
  _tile_loadconfig(&kShapes);
  const auto bytes = static_cast<long>(stride);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::size_t at = 0; at < stride; at += kTileBytes, tiles += 2 * kTileSize) {
    _tile_loadd(4, codes + at, bytes);
    _tile_loadd(5, codes + kTileRows * stride + at, bytes);
    _tile_loadd(6, tiles, kTileBytes);
    _tile_loadd(7, tiles + kTileSize, kTileBytes);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_stored(0, high, kTileBytes);
  _tile_stored(1, low, kTileBytes);
  _tile_stored(2, high + kTileRows * QueryGroup::kMost, kTileBytes);
  _tile_stored(3, low + kTileRows * QueryGroup::kMost, kTileBytes);
  _tile_release();
}

#endif

// The same without the unit.
void multiply_plainly(const std::uint8_t* codes, std::size_t stride, const std::int8_t* tiles, std::int32_t* high,
                      std::int32_t* low) {
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t member = 0; member < QueryGroup::kMost; ++member) {
      std::int32_t sums[2] = {};
      for (std::size_t at = 0; at < stride; ++at) {
        const std::int8_t* part =
            tiles + at / kTileBytes * 2 * kTileSize + at % kTileBytes / 4 * kTileBytes + 4 * member + at % 4;
        sums[0] += codes[row * stride + at] * part[0];
        sums[1] += codes[row * stride + at] * part[kTileSize];
      }
      high[row * QueryGroup::kMost + member] = sums[0];
      low[row * QueryGroup::kMost + member] = sums[1];
    }
  }
}

}  // namespace

bool QueryGroup::available() {
#if defined(__x86_64__)
  static const bool available = tiles_allowed();
  return available;
#else
  return false;
#endif
}

QueryGroup::QueryGroup(std::span<const QueryCode> queries, std::span<const std::uint32_t> members)
    : members_(members), stride_(queries[members[0]].high().size()), tiles_(stride_ / kTileBytes * 2 * kTileSize) {
  for (std::size_t m = 0; m < members.size(); ++m) {
    const QueryCode& query = queries[members[m]];
    offsets_[m] = static_cast<std::uint32_t>(query.offset());
    for (std::size_t at = 0; at < stride_; at += 4) {
      std::int8_t* place = &tiles_[at / kTileBytes * 2 * kTileSize + at % kTileBytes / 4 * kTileBytes + 4 * m];
      std::memcpy(place, &query.high()[at], 4);
      std::memcpy(place + kTileSize, &query.low()[at], 4);
    }
  }
}

void QueryGroup::multiply(const std::uint8_t* codes, std::size_t count, std::int32_t* products,
                          std::size_t apart) const {
  RowsKernel* multiply_rows = multiply_plainly;
#if defined(__x86_64__)
  if (available()) multiply_rows = multiply_tiles;
#endif
  alignas(kTileBytes) std::int32_t high[kRows * kMost], low[kRows * kMost];
  std::vector<std::uint8_t> last;  // rows that do not fill the tiles, filled up
  for (std::size_t row = 0; row < count; row += kRows) {
    const std::size_t rows = std::min(kRows, count - row);
    const std::uint8_t* from = codes + row * stride_;
    if (rows < kRows) {
      last.resize(kRows * stride_);
      std::copy_n(from, rows * stride_, last.begin());
      from = last.data();
    }
    multiply_rows(from, stride_, tiles_.data(), high, low);
    for (std::size_t m = 0; m < members_.size(); ++m) {
      for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t at = i * kMost + m;
        const std::uint32_t sum = static_cast<std::uint32_t>(high[at]) * 128 + static_cast<std::uint32_t>(low[at]);
        products[m * apart + row + i] = static_cast<std::int32_t>(sum - offsets_[m]);
      }
    }
  }
}

}  // namespace cnclip::search
