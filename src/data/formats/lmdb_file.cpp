// The layout is that of lmdb 0.9 on 64-bit little-endian machines (mdb.c: MDB_meta, MDB_db, MDB_page, MDB_node).
#include "data/formats/lmdb_file.h"

#include <cstring>

#include "base/error.h"

namespace cnclip {
namespace {

constexpr std::uint32_t kMagic = 0xBEEFC0DE;
constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
constexpr std::size_t kPageHeader = 16, kNodeHeader = 8;
constexpr std::size_t kMaxDepth = 32;       // liblmdb's own bound
constexpr unsigned kBranch = 1, kLeaf = 2;  // page flags
constexpr unsigned kBigData = 1;            // node flag: the value stands on pages of its own

template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

struct LmdbFile::Page {
  std::string_view bytes;
  std::uint64_t number;
  unsigned flags;
  std::size_t nodes;
};

struct LmdbFile::Node {
  std::string_view key, data;  // data: of leaves
  std::uint64_t child;         // of branches
  std::size_t size;            // of the value
  bool big;
};

LmdbFile::LmdbFile(const std::filesystem::path& folder)
    : name_((folder / "data.mdb").string()), file_(MappedFile::open(folder / "data.mdb")) {
  read_meta();
}

void LmdbFile::read_meta() {
  const std::string_view bytes(reinterpret_cast<const char*>(file_->bytes().data()), file_->size());
  if (bytes.starts_with("version https://git-lfs")) throw_bad_input("{}: is a Git LFS pointer, not the file", name_);
  // Two meta pages; the one with the greater transaction holds.
  constexpr std::size_t kMetaEnd = 152;
  std::uint64_t newest = 0;
  bool found = false;
  for (std::size_t at = 0, i = 0; i < 2; ++i, at = page_size_) {
    if (at + kMetaEnd > bytes.size()) throw_bad_input("{}: {} bytes are no LMDB file", name_, bytes.size());
    const std::string_view meta = bytes.substr(at);
    if (number_at<std::uint32_t>(meta, 16) != kMagic) throw_bad_input("{}: is not an LMDB file", name_);
    const auto version = number_at<std::uint32_t>(meta, 20);
    if (version != 1) throw_bad_input("{}: LMDB format {}, only 1 is known", name_, version);
    const auto page_size = number_at<std::uint32_t>(meta, 40);
    if (page_size < 256 || page_size > 65536 || (page_size & (page_size - 1)) != 0) {
      throw_bad_input("{}: LMDB page size {}", name_, page_size);
    }
    page_size_ = page_size;
    const auto transaction = number_at<std::uint64_t>(meta, 144);
    if (found && transaction <= newest) continue;
    found = true;
    newest = transaction;
    if (number_at<std::uint16_t>(meta, 92) != 0) {
      throw_bad_input("{}: an LMDB table of a kind that data sets do not use (flags 0x{:x})", name_,
                      number_at<std::uint16_t>(meta, 92));
    }
    entries_ = number_at<std::uint64_t>(meta, 120);
    root_ = number_at<std::uint64_t>(meta, 128);
  }
}

LmdbFile::Page LmdbFile::page(std::uint64_t number) const {
  const std::size_t pages = file_->size() / page_size_;
  if (number >= pages) {
    throw_bad_input("{}: cut short: page {} is needed, the file has {} pages of {} bytes", name_, number, pages,
                    page_size_);
  }
  const std::string_view bytes(reinterpret_cast<const char*>(file_->bytes().data()) + number * page_size_, page_size_);
  Page page{bytes, number, number_at<std::uint16_t>(bytes, 10), 0};
  const auto lower = number_at<std::uint16_t>(bytes, 12);
  const bool right_kind = (page.flags & 7) == kBranch || (page.flags & 7) == kLeaf;
  if (number_at<std::uint64_t>(bytes, 0) != number || !right_kind || lower < kPageHeader || lower > page_size_) {
    throw_bad_input("{}: page {} is damaged", name_, number);
  }
  page.nodes = (lower - kPageHeader) / 2;
  return page;
}

LmdbFile::Node LmdbFile::node(const Page& page, std::size_t index) const {
  const auto damaged = [&]() { throw_bad_input("{}: page {}: node {} is damaged", name_, page.number, index); };
  if (index >= page.nodes) damaged();
  const std::size_t at = number_at<std::uint16_t>(page.bytes, kPageHeader + 2 * index);
  if (at + kNodeHeader > page_size_) damaged();
  const std::uint64_t low = number_at<std::uint16_t>(page.bytes, at),
                      high = number_at<std::uint16_t>(page.bytes, at + 2);
  const std::uint64_t flags = number_at<std::uint16_t>(page.bytes, at + 4);
  const std::size_t key_size = number_at<std::uint16_t>(page.bytes, at + 6);
  if (key_size > page_size_ - at - kNodeHeader) damaged();
  Node node{page.bytes.substr(at + kNodeHeader, key_size), {}, 0, 0, false};
  if ((page.flags & kBranch) != 0) {
    node.child = low | high << 16 | flags << 32;
    return node;
  }
  node.size = low | high << 16;
  node.big = (flags & kBigData) != 0;
  if ((flags & ~std::uint64_t{kBigData}) != 0) damaged();  // sub-tables and duplicates: never in these files
  const std::size_t inside = node.big ? 8 : node.size;
  const std::size_t begin = at + kNodeHeader + key_size;
  if (inside > page_size_ - begin) damaged();
  node.data = page.bytes.substr(begin, inside);
  return node;
}

std::string_view LmdbFile::value(const Node& node) const {
  if (!node.big) return node.data;
  const auto first = number_at<std::uint64_t>(node.data, 0);
  const std::size_t size = file_->size();
  if (first >= size / page_size_ || node.size > size - first * page_size_ - kPageHeader) {
    throw_bad_input("{}: cut short: {} bytes from page {} on are needed, the file has {} pages of {} bytes", name_,
                    node.size, first, size / page_size_, page_size_);
  }
  const char* begin = reinterpret_cast<const char*>(file_->bytes().data()) + first * page_size_;
  if (number_at<std::uint64_t>({begin, kPageHeader}, 0) != first) {
    throw_bad_input("{}: page {} is damaged", name_, first);
  }
  return {begin + kPageHeader, node.size};
}

std::optional<std::string_view> LmdbFile::find(std::string_view key) const {
  if (root_ == kNoPage) return {};
  std::uint64_t number = root_;
  for (std::size_t depth = 0; depth < kMaxDepth; ++depth) {
    const Page here = page(number);
    const bool branch = (here.flags & kBranch) != 0;
    // The first key of a branch is empty: it stands for everything below the second.
    std::size_t low = branch ? 1 : 0, high = here.nodes;
    while (low < high) {  // the first node whose key is greater
      const std::size_t middle = (low + high) / 2;
      (node(here, middle).key <= key ? low = middle + 1 : high = middle);
    }
    if (!branch) {
      if (low == 0) return {};
      const Node found = node(here, low - 1);
      if (found.key != key) return {};
      return value(found);
    }
    number = node(here, low - 1).child;
  }
  throw_bad_input("{}: page {}: the tree has no bottom", name_, number);
}

void LmdbFile::Cursor::descend(std::uint64_t number) {
  for (;;) {
    // No page of a tree is met twice.
    if (path_.size() == kMaxDepth || ++visited_ > file_.file_->size() / file_.page_size_) {
      throw_bad_input("{}: page {}: the tree has no bottom", file_.name_, number);
    }
    path_.push_back({number, 0});
    const Page here = file_.page(number);
    if ((here.flags & kLeaf) != 0) return;
    number = file_.node(here, 0).child;
  }
}

std::optional<LmdbFile::Cursor::Record> LmdbFile::Cursor::next() {
  if (!started_) {
    started_ = true;
    if (file_.root_ != kNoPage) descend(file_.root_);
  }
  while (!path_.empty()) {
    Level& level = path_.back();
    const Page here = file_.page(level.page);
    if (level.node >= here.nodes) {
      path_.pop_back();
      if (!path_.empty()) ++path_.back().node;
    } else if ((here.flags & kLeaf) != 0) {
      const Node node = file_.node(here, level.node++);
      return Record{node.key, file_.value(node)};
    } else {
      descend(file_.node(here, level.node).child);
    }
  }
  return {};
}

}  // namespace cnclip
