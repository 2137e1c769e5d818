// A library, written. Changes come in commits: each is there whole, on the disk, or not at all.
//
// Short changes of people (tags) need no WriteLock, SQLite makes them wait for one another; whoever indexes for hours
// holds one. One thread. What is said to be called within a commit is called from its function.
#pragma once

#include "search/library/library.h"

namespace cnclip::search {

// A picture that has been read.
struct ReadContent {
  std::string hash;  // of all bytes, hexadecimal
  int width = 0, height = 0;
  std::uint64_t look = 0;  // perceptual hash
  std::string thumbnail;   // JPEG; empty: none
};

class LibraryWriter {
 public:
  // A new, empty library in the folder `index`, which exists. Throws bad_input where there is a library already.
  static LibraryWriter create(const std::filesystem::path& index, const ModelStamp& model);
  explicit LibraryWriter(const std::filesystem::path& index);
  ~LibraryWriter();
  LibraryWriter(LibraryWriter&&) noexcept;

  // Sees at once what this writer has written, also within a commit.
  const Library& library() const { return library_; }

  // Runs `changes`, and commits them. Whatever it throws undoes all of it; so does a full disk, which throws bad_input.
  // Does not nest.
  void commit(const std::function<void()>& changes);

  // Within a commit: sources.
  std::int64_t add_source(SourceKind kind, const std::string& path, bool hidden);
  void forget_source(std::int64_t source);  // and its pictures
  void set_problem(std::int64_t source, const std::string& problem);
  // What was read of a container, which need not be read again before it changes.
  void set_container(std::int64_t source, const FoundFile& file);
  void remove_container(std::int64_t source, const std::string& name);

  // Within a commit: pictures.
  Row add_waiting(std::int64_t source, const FoundFile& file);  // a new file, to be read
  void set_waiting(Row row, const FoundFile& file);             // a changed one; its old vector answers until then
  void set_missing(Row row);
  void set_found(Row row);  // a missing one is there again, as it was
  void remove(Row row);
  // The row has been read: it has that content, which has a vector, or an error.
  void settle(Row row, const FoundFile& file, std::int64_t content);
  void settle_broken(Row row, const FoundFile& file, const std::string& error);
  // The missing picture `from` has turned up as the file of the new row `to`: it goes there, with its number and its
  // tags, and `to` is no more.
  void move(Row from, Row to, const FoundFile& file);

  // Within a commit: contents and their vectors (of unit length). The content of a hash is made where it is new.
  std::int64_t content(const ReadContent& read);
  void set_vector(std::int64_t content, std::span<const float> vector, VectorSet set = VectorSet::current);

  // Within a commit each: vectors that a server keeps, once they have been sent (see library/vector_server.cpp).
  // Of a new library: from now on every change of a picture makes its row unsent.
  void set_vector_server(const std::string& address);
  // These rows, as they were at their versions, are in the set's collection: their vectors need not be here.
  void set_sent(std::span<const UnsentRow> rows, VectorSet set = VectorSet::current);
  void set_unsent(Row row, VectorSet set = VectorSet::current);
  // The set's collection has no vector of this content, nor has this file: its pictures are to be read again.
  void lose_vector(std::int64_t content, VectorSet set = VectorSet::current);
  void forget_collection(const LeftCollection& left);  // it is no more

  // Within a commit: tags, which are UTF-8 of 1 to 200 bytes.
  void tag(Row row, const std::string& tag);
  void untag(Row row, const std::string& tag);

  // Within a commit each: a second set of vectors beside the first, which goes on answering. begin_ goes on where one
  // was begun for the same model, and drops what was made for another. finish_ makes the second set the only one. Where
  // a server keeps the vectors, the second set has a collection of its own, and that of the other is left.
  void begin_migration(const ModelStamp& next);
  void set_next_vector(std::int64_t content, std::span<const float> vector);
  void finish_migration();
  void drop_migration();

  // Checks the whole file, frees what no picture needs, and rewrites the files without gaps.
  void compact();

 private:
  explicit LibraryWriter(Library library);
  Thumbnails& thumbnails();
  void remove_vector_of(Row row);
  void note_change(Row row);
  void leave_model(std::int64_t model);
  void put_vector(std::int64_t model, std::int64_t content, std::span<const float> vector);

  Library library_;
  std::unique_ptr<Thumbnails> thumbnails_;
  std::int64_t version_ = 0;  // of the commit that is being made
  bool thumbnails_begun_ = false;
};

}  // namespace cnclip::search
