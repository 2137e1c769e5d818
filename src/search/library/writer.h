// A library, written. Changes come in commits: each is there whole, on the disk, or not at all.
//
// Short changes of people (tags) need no WriteLock, SQLite makes them wait for one another; whoever indexes for hours
// holds one. One thread.
#pragma once

#include "search/library/library.h"

namespace cnclip::search {

// A picture that has been read.
struct ReadContent {
  std::string hash;  // hexadecimal
  int width = 0, height = 0;
  std::uint64_t look = 0;
  std::string thumbnail;  // JPEG; empty: none
};

// A file that a scan found.
struct FoundFile {
  std::string path;
  std::int64_t bytes = 0;
  std::int64_t modified = 0;
};

class LibraryWriter {
 public:
  // A new, empty library in `index`, a folder that is made where it does not exist. Throws bad_input where there is a
  // library already.
  static LibraryWriter create(const std::filesystem::path& index, const ModelStamp& model);
  explicit LibraryWriter(const std::filesystem::path& index);
  ~LibraryWriter();
  LibraryWriter(LibraryWriter&&) noexcept;

  // What it has written itself is seen at once, also within a commit.
  const Library& library() const { return library_; }

  // Runs `changes`, which may call what stands below, and commits. Whatever it throws undoes all of it; so does a full
  // disk, which throws bad_input. Does not nest.
  void commit(const std::function<void()>& changes);

  std::int64_t add_source(SourceKind kind, const std::string& path, bool hidden);
  void forget_source(std::int64_t source);  // and its pictures
  void set_problem(std::int64_t source, const std::string& problem);

  // A file that is new (waits to be read), or that has changed (the same).
  void add_waiting(std::int64_t source, const FoundFile& file);
  void set_waiting(Row row, const FoundFile& file);
  void set_missing(Row row, bool missing);
  void remove(Row row);

  // The content of those bytes, made where it is new.
  std::int64_t content(const ReadContent& read);
  std::optional<std::int64_t> find_content(const std::string& hash) const;
  bool has_vector(std::int64_t content) const;
  void set_vector(std::int64_t content, std::span<const float> vector);
  // Now the row has been read: it has that content.
  void settle(Row row, const FoundFile& file, std::int64_t content);
  void settle_broken(Row row, const FoundFile& file, const std::string& error);
  // The missing picture `from` is what `to` waits to be: it takes the place, and `to` goes.
  void move(Row from, Row to, const FoundFile& file);
  std::optional<Row> missing_with(std::int64_t content) const;

  void tag(Row row, const std::string& tag);
  void untag(Row row, const std::string& tag);

  // Containers: what was read of one, so that it need not be read again before it changes.
  std::optional<FoundFile> container(std::int64_t source, const std::string& name) const;
  void set_container(std::int64_t source, const FoundFile& file);
  void remove_container(std::int64_t source, const std::string& name);

  // A second set of vectors beside the first, which goes on answering. begin_ goes on where one was begun for the same
  // model, and drops what was made for another. finish_ makes the second set the only one; drop_ ends it.
  void begin_migration(const ModelStamp& next);
  void set_next_vector(std::int64_t content, std::span<const float> vector);
  void finish_migration();
  void drop_migration();

  // Frees what no picture needs, in one commit, then rewrites the files without gaps; checks the whole file first.
  void compact();

 private:
  explicit LibraryWriter(Library library);
  Library library_;
};

}  // namespace cnclip::search
