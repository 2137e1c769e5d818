// The library of an image search, read: INDEX/library.sqlite, the one truth about pictures and their vectors.
// Whatever else lies in INDEX is a cache that can be made anew.
//
// A Library sees what has been committed, while another process writes: every call by itself, or several together under
// a Snapshot. Calls on one Library must not overlap; open one for each thread (it costs a millisecond). The file is
// untrusted: one that is damaged or of another make throws bad_input naming it, whatever its bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "search/library/picture.h"

namespace cnclip::search {

class Database;
class Thumbnails;

struct ChangeVisitor {
  // Called first where the version is too old to tell what has happened since (or all vectors are new): whatever is
  // known counts no more, and all rows follow.
  std::function<void()> forget;
  std::function<void(Row)> removed;                          // has no vector any more
  std::function<void(Row, std::span<const float>)> changed;  // is new, or has another vector; of unit length
};

class Library {
 public:
  // `index`: the folder. Throws bad_input when there is no library in it, or one that this program cannot read.
  explicit Library(const std::filesystem::path& index);
  ~Library();
  Library(Library&&) noexcept;
  Library& operator=(Library&&) noexcept;

  const std::filesystem::path& folder() const { return folder_; }
  ModelStamp model() const;
  // The model that a migration, begun and not ended, leads to.
  std::optional<ModelStamp> next_model() const;

  // As long as it lives, all calls see the library as it was at the first of them. Keep it for seconds, not hours: the
  // write-ahead log grows meanwhile.
  class Snapshot {
   public:
    explicit Snapshot(const Library& library);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

   private:
    Database* database_;
  };

  // Grows with every commit.
  std::int64_t version() const;
  // Tells what happened to vectors after `version` (0: everything there is); returns the version that this leads to.
  // Removed rows come first. Where a server keeps the vectors, it has them all, and this throws usage.
  std::int64_t changes_since(std::int64_t version, const ChangeVisitor& visitor) const;

  // Rows that have a vector and match, ascending.
  std::vector<Row> rows(const Filter& filter = {}) const;

  std::optional<Picture> picture(Row row) const;
  // Where its file is: the source's path and its own, joined. (In containers there is no such file.)
  std::string location(const Picture& picture) const;
  // By location, or else by the path below a source.
  std::optional<Row> find(const std::string& path) const;
  // Nothing where it is at the server of vectors, or not in that set.
  std::optional<std::vector<float>> vector(Row row, VectorSet set = VectorSet::current) const;
  // JPEG of at most 320 x 320, upright. Nothing where there is none: pictures may lack it, the file may be gone.
  std::optional<std::string> thumbnail(Row row) const;

  std::vector<LibrarySource> sources() const;
  Counts counts() const;
  std::vector<std::pair<std::string, std::int64_t>> tags() const;  // with the number of their pictures, by name
  // Pictures that have an error, by row.
  void visit_broken(const std::function<void(const Picture&)>& visit) const;
  // Rows with content and the picture's perceptual hash, by content: equal contents are neighbours.
  void visit_looks(const std::function<void(Row, std::int64_t content, std::uint64_t look)>& visit) const;

  // What an update asks for, by pages that begin after what the page before ended with.
  //
  // Files of a source whose paths p are `after` < p < `before` (empty: no bound), in byte order.
  std::vector<KnownFile> files(std::int64_t source, const std::string& after, const std::string& before,
                               std::size_t most) const;
  std::optional<KnownFile> file(std::int64_t source, const std::string& path) const;
  // In that state, by row. `like_missing`: only those that are as large as a missing one.
  std::vector<KnownFile> files_in(PictureState state, Row after, std::size_t most, bool like_missing = false) const;
  std::vector<KnownFile> files_of_content(std::int64_t content) const;
  std::optional<Row> missing_with(std::int64_t content) const;
  bool in_use(std::int64_t content) const;  // by a picture
  // The content of these bytes, where it has a vector in that set.
  std::optional<std::int64_t> find_content(const std::string& hash, VectorSet set = VectorSet::current) const;
  std::string hash_of(std::int64_t content) const;
  // Contents of pictures that the second set has no vector for: the first so many after `after`, and their number.
  std::vector<std::int64_t> contents_to_migrate(std::int64_t after, std::size_t most) const;
  std::int64_t contents_to_migrate() const;
  // Containers, as they were when they were read, by name.
  std::vector<FoundFile> containers(std::int64_t source) const;

  // The server that keeps the vectors, where it is not this file. Then vectors stay here until they have been sent.
  std::optional<VectorServer> vector_server(VectorSet set = VectorSet::current) const;
  std::vector<UnsentRow> unsent(std::size_t most, VectorSet set = VectorSet::current) const;
  std::vector<LeftCollection> left_collections() const;

  // The connection, for the parts of this level.
  Database& database() const { return *database_; }

 private:
  friend class LibraryWriter;
  static Library open_to_write(const std::filesystem::path& index);
  Library(std::filesystem::path folder, std::unique_ptr<Database> database);

  std::filesystem::path folder_;
  std::unique_ptr<Database> database_;
  mutable std::unique_ptr<Thumbnails> thumbnails_;  // opened at the first use
};

}  // namespace cnclip::search
