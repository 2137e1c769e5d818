// The main table of an LMDB file, entry after entry in the order of its keys.
//
// Why not by LMDB's own library: that follows every offset in the file unchecked, so a damaged file ends the program.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace cnclip {

class LmdbReader {
 public:
  // `file`: a data.mdb of a 64-bit little-endian machine. Throws bad_input when it is none, or is cut short.
  explicit LmdbReader(std::shared_ptr<const MappedFile> file);

  struct Entry {
    std::string_view key, value;  // in the file
  };
  // Nothing at the end. Throws bad_input, naming the page, where the file is damaged.
  std::optional<Entry> next();

 private:
  struct Page {
    std::uint64_t number = 0;
    std::string_view bytes;
    std::size_t nodes = 0, next = 0;
    bool leaf = false;
  };

  [[noreturn]] void fail(std::uint64_t page, std::string_view why) const;
  std::string_view pages(std::uint64_t first, std::uint64_t count) const;
  std::string_view node(const Page& page, std::size_t index) const;
  void charge(std::uint64_t page, std::uint64_t count);
  void descend(std::uint64_t number);
  Entry entry(const Page& page, std::string_view node);

  std::shared_ptr<const MappedFile> file_;
  std::size_t page_size_ = 0;
  std::uint64_t charged_ = 0;
  std::vector<Page> path_;  // from the root to the leaf being read
};

}  // namespace cnclip
