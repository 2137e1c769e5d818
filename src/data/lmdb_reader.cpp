#include "data/lmdb_reader.h"

#include <cstring>

#include "base/error.h"
#include "base/lfs.h"

namespace cnclip {
namespace {

// The format, as LMDB 0.9 writes it. Offsets lie in a page, or in a node of one.
constexpr std::uint32_t kMagic = 0xbeefc0de;
constexpr std::size_t kPageFlags = 10, kNodesEnd = 12, kOverflowPages = 12, kPageHeader = 16;
constexpr std::size_t kMetaMagic = 16, kMetaVersion = 20, kMetaPageSize = 40, kMetaMainFlags = 92, kMetaRoot = 128,
                      kMetaTransaction = 144, kMetaEnd = 152;
constexpr std::size_t kNodeFlags = 4, kNodeKeySize = 6, kNodeHeader = 8;
constexpr unsigned kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8;  // of pages
constexpr unsigned kBigValue = 1;                                     // of nodes
constexpr unsigned kSortedDuplicates = 4;                             // of tables
constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
constexpr std::size_t kMaxDepth = 32;

template <class T>
T number(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.substr(at).data(), sizeof value);
  return value;
}

}  // namespace

void LmdbReader::fail(std::uint64_t page, std::string_view why) const {
  throw_bad_input("{}: LMDB: page {}: {}", file_->path().string(), page, why);
}

std::string_view LmdbReader::pages(std::uint64_t first, std::uint64_t count) const {
  const std::uint64_t all = file_->size() / page_size_;
  if (first >= all || count > all - first) {
    fail(first, fmt::format("lies outside the file, which holds {} pages (cut short?)", all));
  }
  const auto* begin = reinterpret_cast<const char*>(file_->bytes().data()) + first * page_size_;
  return {begin, static_cast<std::size_t>(count) * page_size_};
}

LmdbReader::LmdbReader(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
  const std::string_view bytes(reinterpret_cast<const char*>(file_->bytes().data()), file_->size());
  if (is_lfs_pointer(bytes)) throw_bad_input("{}: {}", file_->path().string(), kIsLfsPointer);
  if (bytes.size() < kMetaEnd || number<std::uint32_t>(bytes, kMetaMagic) != kMagic) {
    throw_bad_input("{}: is no LMDB file", file_->path().string());
  }
  page_size_ = number<std::uint32_t>(bytes, kMetaPageSize);
  if (page_size_ < 256 || page_size_ > 65536 || (page_size_ & (page_size_ - 1)) != 0) {
    fail(0, fmt::format("claims pages of {} bytes", page_size_));
  }
  // Two descriptions, of the last two transactions: the later one counts.
  std::string_view meta = pages(0, 1), other = pages(1, 1);
  if (number<std::uint32_t>(other, kMetaMagic) == kMagic &&
      number<std::uint64_t>(other, kMetaTransaction) > number<std::uint64_t>(meta, kMetaTransaction)) {
    meta = other;
  }
  const unsigned flags = number<std::uint16_t>(meta, kPageFlags);
  if ((flags & kMeta) == 0 || number<std::uint32_t>(meta, kMetaVersion) != 1) fail(0, "is of an unknown version");
  if ((number<std::uint16_t>(meta, kMetaMainFlags) & kSortedDuplicates) != 0) fail(0, "has several values a key");
  const auto root = number<std::uint64_t>(meta, kMetaRoot);
  if (root != kNoPage) descend(root);
}

// Every page belongs to one place of the tree: who comes by more than there are goes round in circles.
void LmdbReader::charge(std::uint64_t page, std::uint64_t count) {
  charged_ += count;
  if (charged_ > file_->size() / page_size_ || path_.size() == kMaxDepth) fail(page, "is met again and again");
}

// Puts the page on the path.
void LmdbReader::descend(std::uint64_t number_of_page) {
  Page page{number_of_page, pages(number_of_page, 1)};
  const unsigned flags = number<std::uint16_t>(page.bytes, kPageFlags);
  const std::size_t end = number<std::uint16_t>(page.bytes, kNodesEnd);
  charge(page.number, 1);
  if ((flags & (kBranch | kLeaf)) != kBranch && (flags & (kBranch | kLeaf)) != kLeaf) fail(page.number, "is no node");
  if (end < kPageHeader || end > page_size_) fail(page.number, "has an impossible number of entries");
  page.leaf = (flags & kLeaf) != 0;
  page.nodes = (end - kPageHeader) / 2;
  path_.push_back(page);
}

// From its header to the end of the page.
std::string_view LmdbReader::node(const Page& page, std::size_t index) const {
  const std::size_t at = number<std::uint16_t>(page.bytes, kPageHeader + 2 * index);
  if (at < kPageHeader || at + kNodeHeader > page_size_) fail(page.number, "has an entry outside itself");
  const std::string_view found = page.bytes.substr(at);
  if (number<std::uint16_t>(found, kNodeKeySize) > found.size() - kNodeHeader) fail(page.number, "has a key too long");
  return found;
}

LmdbReader::Entry LmdbReader::entry(const Page& page, std::string_view node) {
  const unsigned flags = number<std::uint16_t>(node, kNodeFlags);
  const std::size_t key = number<std::uint16_t>(node, kNodeKeySize), size = number<std::uint32_t>(node, 0);
  const std::string_view value = node.substr(kNodeHeader + key);
  Entry found{node.substr(kNodeHeader, key), value.substr(0, size)};
  if ((flags & ~kBigValue) != 0) fail(page.number, "has an entry that is a table");
  if ((flags & kBigValue) == 0) {
    if (size > value.size()) fail(page.number, "has a value too long");
    return found;
  }
  if (value.size() < sizeof(std::uint64_t)) fail(page.number, "has an entry outside itself");
  const auto first = number<std::uint64_t>(value, 0);
  const std::string_view head = pages(first, 1);
  if ((number<std::uint16_t>(head, kPageFlags) & kOverflow) == 0) fail(first, "is not of a long value");
  const auto count = number<std::uint32_t>(head, kOverflowPages);
  const std::string_view whole = pages(first, count);
  charge(first, count);
  if (whole.size() < kPageHeader || size > whole.size() - kPageHeader) fail(first, "has a value too long");
  found.value = whole.substr(kPageHeader, size);
  return found;
}

std::optional<LmdbReader::Entry> LmdbReader::next() {
  while (!path_.empty()) {
    Page& page = path_.back();
    if (page.next == page.nodes) {
      path_.pop_back();
      continue;
    }
    const std::string_view found = node(page, page.next++);
    if (page.leaf) return entry(page, found);
    // A branch's children: the page number takes the place of the value's size and the flags.
    descend(number<std::uint32_t>(found, 0) | std::uint64_t{number<std::uint16_t>(found, kNodeFlags)} << 32);
  }
  return {};
}

}  // namespace cnclip
