#include "search/nearest/vector_cache.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <future>

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "search/nearest/codes.h"
#include "search/nearest/lists.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kFromSize = 200'000;  // vectors from which lists pay
constexpr std::size_t kAlignment = 64, kStretches = 4;
constexpr std::array<char, 8> kMagic = {'c', 'n', 'c', 'v', 'e', 'c', '0', '1'};

// Little-endian, like the machines that this runs on. Then come, each aligned: rows, scales, errors, codes, vectors,
// centres, sizes of lists.
struct Header {
  std::array<char, 8> magic;
  std::array<char, 64> library;  // SHA-256 of CacheOrigin::library, hexadecimal
  std::int64_t version, width, count, lists;
  ListEffort effort;
  // SHA-256 of equal stretches of what follows; the last is of the header up to here.
  std::array<std::array<char, 64>, kStretches + 1> digests;
};
static_assert(std::is_trivially_copyable_v<Header>);

std::array<char, 64> digest(std::span<const std::byte> bytes) {
  const std::string hex = sha256_hex(bytes);
  std::array<char, 64> text;
  std::copy_n(hex.begin(), text.size(), text.begin());
  return text;
}

std::array<char, 64> digest_of_fields(const Header& header) {
  return digest(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, digests)));
}

std::array<std::array<char, 64>, kStretches> digests_of(std::span<const std::byte> body) {
  std::array<std::future<std::array<char, 64>>, kStretches> parts;
  const std::size_t size = body.size() / kStretches;
  for (std::size_t i = 0; i < kStretches; ++i) {
    const auto part = body.subspan(i * size, i + 1 < kStretches ? size : body.size() - i * size);
    parts[i] = std::async(std::launch::async, digest, part);
  }
  std::array<std::array<char, 64>, kStretches> digests;
  for (std::size_t i = 0; i < kStretches; ++i) digests[i] = parts[i].get();
  return digests;
}

std::size_t aligned(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

// Where everything lies.
struct Layout {
  std::size_t rows, scales, errors, codes, vectors, centres, sizes, end;

  explicit Layout(const Header& header) {
    const auto count = static_cast<std::size_t>(header.count), lists = static_cast<std::size_t>(header.lists),
               width = static_cast<std::size_t>(header.width);
    std::size_t at = aligned(sizeof(Header));
    const auto place = [&](std::size_t bytes) { return std::exchange(at, at + aligned(bytes)); };
    rows = place(count * sizeof(std::int64_t));
    scales = place(count * sizeof(float));
    errors = place(count * sizeof(float));
    codes = place(count * code_stride(header.width));
    vectors = place(count * width * sizeof(float));
    centres = place(lists * width * sizeof(float));
    sizes = place(lists * sizeof(std::uint64_t));
    end = at;
  }
};

struct Source {
  std::uint32_t block, at;
};

// The vectors that count, list by list, and how many each list has.
std::vector<Source> order_of(const Snapshot& snapshot, const ListsOfRows& lists, std::vector<std::uint64_t>& sizes) {
  std::vector<Source> order;
  order.reserve(static_cast<std::size_t>(snapshot.count));
  for (std::uint32_t block = 0; block < snapshot.blocks.size(); ++block) {
    for (std::uint32_t at = 0; at < snapshot.blocks[block].count; ++at)
      if (snapshot.blocks[block].holds(at)) order.push_back({block, at});
  }
  if (sizes.empty()) return order;
  const auto list_of = [&](const Source& source) { return lists[source.block][source.at]; };
  for (const Source& source : order) ++sizes[list_of(source)];
  std::ranges::stable_sort(order, {}, list_of);
  return order;
}

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

std::size_t list_count(const Snapshot& snapshot, std::size_t wanted) {
  const auto count = static_cast<std::size_t>(snapshot.count);
  if (wanted == 0) wanted = count < kFromSize ? 0 : static_cast<std::size_t>(4 * std::sqrt(static_cast<double>(count)));
  return std::min(wanted, count);
}

}  // namespace

void write_vector_cache(const std::filesystem::path& path, const Snapshot& snapshot, const CacheOrigin& origin,
                        const CacheSettings& settings) {
  std::vector<std::uint64_t> sizes(list_count(snapshot, settings.lists));
  RowBlock centres;
  ListsOfRows lists;
  Header header{};
  if (!sizes.empty()) {
    centres = train_centres(snapshot, sizes.size(), settings.threads);
    lists = assign_lists(snapshot, centres, settings.threads);
    header.effort = measure_effort(snapshot, centres, lists, settings.queries, settings.recall, settings.threads);
  }
  const std::vector<Source> order = order_of(snapshot, lists, sizes);
  header.magic = kMagic;
  header.library = digest(std::as_bytes(std::span(origin.library)));
  header.version = origin.version;
  header.width = snapshot.width;
  header.count = std::ssize(order);
  header.lists = std::ssize(sizes);

  const Layout layout(header);
  const auto width = static_cast<std::size_t>(snapshot.width), stride = code_stride(snapshot.width);
  AtomicFile file(path);
  std::array<Sha256, kStretches> sums;
  const std::size_t begin = sizeof(Header), stretch = (layout.end - begin) / kStretches;
  // Into the file, and into the digest of the stretch that it falls in.
  const auto write = [&](std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t at = file.size() - begin, i = std::min(at / std::max<std::size_t>(1, stretch), kStretches - 1);
      const std::size_t room = i + 1 < kStretches ? (i + 1) * stretch - at : bytes.size();
      const auto part = bytes.first(std::min(room, bytes.size()));
      sums[i].update(part);
      file.write(part);
      bytes = bytes.subspan(part.size());
    }
  };
  const auto pad_to = [&](std::size_t end) {
    const std::string zeros(end - file.size(), '\0');
    write(std::as_bytes(std::span(zeros)));
  };
  const auto write_each = [&](std::size_t at, const auto& bytes_of_row) {
    pad_to(at);
    for (const Source& source : order) write(bytes_of_row(snapshot.blocks[source.block], source.at));
  };
  file.write(bytes_of(header));
  write_each(layout.rows, [](const RowBlock& block, std::size_t at) { return bytes_of(block.rows[at]); });
  write_each(layout.scales, [](const RowBlock& block, std::size_t at) { return bytes_of(block.scales[at]); });
  write_each(layout.errors, [](const RowBlock& block, std::size_t at) { return bytes_of(block.errors[at]); });
  write_each(layout.codes, [&](const RowBlock& block, std::size_t at) {
    return std::as_bytes(std::span(block.codes + at * stride, stride));
  });
  write_each(layout.vectors, [&](const RowBlock& block, std::size_t at) {
    return std::as_bytes(std::span(block.vectors + at * width, width));
  });
  pad_to(layout.centres);
  if (!sizes.empty()) write(std::as_bytes(std::span(centres.vectors, sizes.size() * width)));
  pad_to(layout.sizes);
  write(std::as_bytes(std::span(sizes)));
  pad_to(layout.end);

  for (std::size_t i = 0; i < kStretches; ++i) {
    const std::string hex = sums[i].hex();
    std::copy_n(hex.begin(), 64, header.digests[i].begin());
  }
  header.digests[kStretches] = digest_of_fields(header);
  file.write_at(0, {reinterpret_cast<const char*>(&header), sizeof(header)});
  file.commit();
}

namespace {

// Blocks, and the lists cut where blocks end. False where the lists do not add up.
bool arrange(const Header& header, std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner,
             Snapshot& snapshot) {
  const Layout layout(header);
  const auto width = static_cast<std::size_t>(header.width), count = static_cast<std::size_t>(header.count),
             lists = static_cast<std::size_t>(header.lists), stride = code_stride(header.width);
  const auto at = [&]<class T>(std::size_t offset, const T*) {
    return reinterpret_cast<const T*>(bytes.data() + offset);
  };
  const auto* rows = at(layout.rows, static_cast<const std::int64_t*>(nullptr));
  const auto* floats = static_cast<const float*>(nullptr);
  for (std::size_t first = 0; first < count; first += kBlockRows) {
    snapshot.blocks.push_back({std::min(kBlockRows, count - first), rows + first,
                               at(layout.vectors, floats) + first * width,
                               at(layout.codes, static_cast<const std::uint8_t*>(nullptr)) + first * stride,
                               at(layout.scales, floats) + first, at(layout.errors, floats) + first, owner, nullptr});
  }
  snapshot.width = header.width;
  snapshot.count = header.count;
  if (lists == 0) return true;

  Partition partition;
  const float* centres = at(layout.centres, floats);
  partition.centres = centre_block({centres, centres + lists * width}, header.width);
  partition.blocks = snapshot.blocks.size();
  partition.effort = header.effort;
  const auto* sizes = at(layout.sizes, static_cast<const std::uint64_t*>(nullptr));
  std::size_t place = 0;
  for (std::size_t list = 0; list < lists; ++list) {
    partition.list_begin.push_back(static_cast<std::uint32_t>(partition.pieces.size()));
    if (sizes[list] > count - place) return false;
    for (const std::size_t end = place + sizes[list]; place < end;) {
      const std::size_t first = place % kBlockRows, here = std::min(end - place, kBlockRows - first);
      partition.pieces.push_back({static_cast<std::uint32_t>(place / kBlockRows), static_cast<std::uint32_t>(first),
                                  static_cast<std::uint32_t>(here)});
      place += here;
    }
  }
  partition.list_begin.push_back(static_cast<std::uint32_t>(partition.pieces.size()));
  snapshot.partition = std::make_shared<const Partition>(std::move(partition));
  return place == count;
}

bool plausible(const Header& header, std::size_t size) {
  constexpr std::int64_t kMost = std::int64_t{1} << 32;
  return header.magic == kMagic && header.digests[kStretches] == digest_of_fields(header) && header.count >= 0 &&
         header.count < kMost && header.lists >= 0 && header.lists <= header.count && header.effort.probes_10 >= 0 &&
         header.effort.probes_100 >= 0 && Layout(header).end == size;
}

}  // namespace

std::optional<CachedVectors> open_vector_cache(const std::filesystem::path& path, const std::string& library,
                                               std::int64_t width) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  std::shared_ptr<const MappedFile> file;
  try {
    file = MappedFile::open(path);
  } catch (const Error&) {
    return {};
  }
  const auto bytes = file->bytes();
  Header header;
  if (bytes.size() < sizeof(header)) return {};
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.width != width || !plausible(header, bytes.size()) ||
      header.library != digest(std::as_bytes(std::span(library))))
    return {};
  const auto digests = digests_of(bytes.subspan(sizeof(header)));
  if (!std::ranges::equal(digests, std::span(header.digests).first(kStretches))) return {};

  CachedVectors cached{{library, header.version}, {}};
  if (!arrange(header, bytes, file, cached.snapshot)) return {};
  return cached;
}

}  // namespace cnclip::search
