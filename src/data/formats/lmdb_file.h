// LMDB data files, read by a reader of our own: liblmdb trusts what it maps, and dies of a file that was cut short.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace cnclip {

// The main table of an LMDB environment, as the last transaction left it. Every page and node is checked against the
// file before it is read; what does not fit throws bad_input with the number of the page. Views stay valid while the
// file lives. Any number of threads.
class LmdbFile {
 public:
  // `folder` holds data.mdb.
  explicit LmdbFile(const std::filesystem::path& folder);

  std::optional<std::string_view> find(std::string_view key) const;
  std::uint64_t entries() const { return entries_; }
  const std::string& name() const { return name_; }

  // Keys in byte order.
  class Cursor {
   public:
    explicit Cursor(const LmdbFile& file) : file_(file) {}
    struct Record {
      std::string_view key, value;
    };
    std::optional<Record> next();

   private:
    struct Level {
      std::uint64_t page;
      std::size_t node;
    };
    void descend(std::uint64_t page);
    const LmdbFile& file_;
    bool started_ = false;
    std::vector<Level> path_;
    std::uint64_t visited_ = 0;
  };

 private:
  struct Page;
  struct Node;
  void read_meta();
  Page page(std::uint64_t number) const;
  Node node(const Page& page, std::size_t index) const;
  std::string_view value(const Node& node) const;

  std::string name_;
  std::shared_ptr<const MappedFile> file_;
  std::size_t page_size_ = 0;
  std::uint64_t root_ = 0, entries_ = 0;
};

}  // namespace cnclip
