#include "search/library/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "search/library/database.h"
#include "search/library/hash_bytes.h"
#include "search/library/model_rows.h"
#include "search/library/schema.h"
#include "search/library/thumbnails.h"
#include "text/utf8.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestTag = 200;

std::int64_t number_of(PictureState state) {
  return static_cast<std::int64_t>(state);
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

LibraryWriter::LibraryWriter(Library library) : library_(std::move(library)) {}
LibraryWriter::LibraryWriter(const fs::path& index) : library_(Library::open_to_write(index)) {}
LibraryWriter::~LibraryWriter() = default;
LibraryWriter::LibraryWriter(LibraryWriter&&) noexcept = default;

LibraryWriter LibraryWriter::create(const fs::path& index, const ModelStamp& model) {
  const fs::path file = index / kLibraryFile, growing = index / (std::string(kLibraryFile) + ".new");
  if (fs::exists(file)) throw_bad_input("{}: is an index already", index.string());
  for (const char* rest : {"", "-wal", "-shm"}) fs::remove(growing.string() + rest);  // of a run that was killed
  {
    Database database(growing, Database::Access::create);
    database.make_objects(kLibraryApplication, kLibraryVersion, library_objects({}));
    database.begin(true);
    const std::int64_t id = add_model(database, model, "");
    database.run("INSERT INTO state (one, version, base, model) VALUES (1, 1, 1, ?)", {id});
    database.end();
  }
  fs::rename(growing, file);
  sync_folder(index);
  return LibraryWriter(index);
}

Thumbnails& LibraryWriter::thumbnails() {
  if (!thumbnails_) thumbnails_ = Thumbnails::open_to_write(library_.folder());
  return *thumbnails_;
}

void LibraryWriter::commit(const std::function<void()>& changes) {
  Database& database = library_.database();
  database.begin(true);
  try {
    version_ = database.number("UPDATE state SET version = version + 1 RETURNING version");
    changes();
    // First, for a thumbnail that nobody asks for does no harm.
    if (std::exchange(thumbnails_begun_, false)) thumbnails_->end();
    database.end();
  } catch (...) {
    if (thumbnails_) thumbnails_->undo();
    thumbnails_begun_ = false;
    database.undo();
    throw;
  }
}

std::int64_t LibraryWriter::add_source(SourceKind kind, const std::string& path, bool hidden) {
  Database& database = library_.database();
  database.run("INSERT INTO sources (kind, path, hidden, problem) VALUES (?, ?, ?, '')",
               {static_cast<std::int64_t>(kind), Blob{path}, std::int64_t{hidden}});
  return database.last_row();
}

void LibraryWriter::forget_source(std::int64_t source) {
  Database& database = library_.database();
  std::vector<Row> rows;
  {
    Statement found = database.query("SELECT id FROM pictures WHERE source = ?", {source});
    while (found.step()) rows.push_back(found.integer(0));
  }
  for (const Row row : rows) remove(row);
  database.run("DELETE FROM containers WHERE source = ?", {source});
  database.run("DELETE FROM sources WHERE id = ?", {source});
}

void LibraryWriter::set_problem(std::int64_t source, const std::string& problem) {
  library_.database().run("UPDATE sources SET problem = ? WHERE id = ?", {std::string_view(problem), source});
}

void LibraryWriter::set_container(std::int64_t source, const FoundFile& file) {
  library_.database().run("INSERT OR REPLACE INTO containers (source, name, bytes, modified) VALUES (?, ?, ?, ?)",
                          {source, Blob{file.path}, file.bytes, file.modified});
}

void LibraryWriter::remove_container(std::int64_t source, const std::string& name) {
  library_.database().run("DELETE FROM containers WHERE source = ? AND name = ?", {source, Blob{name}});
}

Row LibraryWriter::add_waiting(std::int64_t source, const FoundFile& file) {
  Database& database = library_.database();
  database.run("INSERT INTO pictures (source, path, bytes, modified, state, changed) VALUES (?, ?, ?, ?, ?, ?)",
               {source, Blob{file.path}, file.bytes, file.modified, number_of(PictureState::waiting), version_});
  return database.last_row();
}

void LibraryWriter::set_waiting(Row row, const FoundFile& file) {
  library_.database().run("UPDATE pictures SET bytes = ?, modified = ?, state = ?, error = NULL WHERE id = ?",
                          {file.bytes, file.modified, number_of(PictureState::waiting), row});
  note_change(row);
}

void LibraryWriter::set_missing(Row row) {
  // One that was still to be read is to be read when it is found again: no file is of that time.
  library_.database().run(
      "UPDATE pictures SET modified = CASE WHEN state = ? THEN -1 ELSE modified END, state = ? WHERE id = ?",
      {number_of(PictureState::waiting), number_of(PictureState::missing), row});
}

void LibraryWriter::set_found(Row row) {
  library_.database().run("UPDATE pictures SET state = ? WHERE id = ?", {number_of(PictureState::settled), row});
}

void LibraryWriter::remove_vector_of(Row row) {
  library_.database().run(
      "INSERT OR REPLACE INTO removed (id, version) SELECT id, ? FROM pictures WHERE id = ? AND content IS NOT NULL",
      {version_, row});
}

// Nothing happens where there is no server.
void LibraryWriter::note_change(Row row) {
  library_.database().run(
      "INSERT OR REPLACE INTO unsent (model, picture, version) SELECT m.id, ?, ? FROM store, state AS s, models AS m "
      "WHERE m.id IN (s.model, s.next)",
      {row, version_});
}

void LibraryWriter::remove(Row row) {
  remove_vector_of(row);
  note_change(row);
  library_.database().run("DELETE FROM tags WHERE picture = ?", {row});
  library_.database().run("DELETE FROM pictures WHERE id = ?", {row});
}

void LibraryWriter::settle(Row row, const FoundFile& file, std::int64_t content) {
  Database& database = library_.database();
  database.run(
      "UPDATE pictures SET bytes = ?, modified = ?, state = ?, error = NULL, "
      "changed = CASE WHEN content IS ? THEN changed ELSE ? END, content = ? WHERE id = ?",
      {file.bytes, file.modified, number_of(PictureState::settled), content, version_, content, row});
  database.run("DELETE FROM removed WHERE id = ?", {row});
  note_change(row);
}

void LibraryWriter::settle_broken(Row row, const FoundFile& file, const std::string& error) {
  remove_vector_of(row);
  library_.database().run(
      "UPDATE pictures SET bytes = ?, modified = ?, state = ?, error = ?, content = NULL WHERE id = ?",
      {file.bytes, file.modified, number_of(PictureState::settled), std::string_view(error), row});
  note_change(row);
}

void LibraryWriter::move(Row from, Row to, const FoundFile& file) {
  Database& database = library_.database();
  const std::int64_t source = database.number("SELECT source FROM pictures WHERE id = ?", {to});
  remove(to);
  database.run("UPDATE pictures SET source = ?, path = ?, bytes = ?, modified = ?, state = ? WHERE id = ?",
               {source, Blob{file.path}, file.bytes, file.modified, number_of(PictureState::settled), from});
  note_change(from);
}

std::int64_t LibraryWriter::content(const ReadContent& read) {
  Database& database = library_.database();
  const std::string hash = bytes_of(read.hash);
  if (!read.thumbnail.empty()) {
    if (!std::exchange(thumbnails_begun_, true)) thumbnails().begin();
    thumbnails().put(read.hash, read.thumbnail);
  }
  if (const std::int64_t known = database.number("SELECT id FROM contents WHERE hash = ?", {Blob{hash}}); known != 0) {
    return known;
  }
  database.run("INSERT INTO contents (hash, width, height, look) VALUES (?, ?, ?, ?)",
               {Blob{hash}, std::int64_t{read.width}, std::int64_t{read.height}, static_cast<std::int64_t>(read.look)});
  return database.last_row();
}

void LibraryWriter::put_vector(std::int64_t model, std::int64_t content, std::span<const float> vector) {
  const std::string_view bytes(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
  library_.database().run(
      fmt::format("INSERT OR REPLACE INTO {} (content, vector) VALUES (?, ?)", vectors_table(model)),
      {content, Blob{bytes}});
}

void LibraryWriter::set_vector(std::int64_t content, std::span<const float> vector, VectorSet set) {
  put_vector(model_of(library_.database(), set), content, vector);
}

void LibraryWriter::tag(Row row, const std::string& tag) {
  if (tag.empty() || tag.size() > kLongestTag || !is_utf8(tag)) {
    throw_usage("tag {}: 1 to {} bytes of UTF-8 are needed", tag, kLongestTag);
  }
  library_.database().run("INSERT OR IGNORE INTO tags (tag, picture) SELECT ?, id FROM pictures WHERE id = ?",
                          {std::string_view(tag), row});
  note_change(row);
}

void LibraryWriter::untag(Row row, const std::string& tag) {
  library_.database().run("DELETE FROM tags WHERE tag = ? AND picture = ?", {std::string_view(tag), row});
  note_change(row);
}

}  // namespace cnclip::search
