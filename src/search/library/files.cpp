// What an update asks of a library.
#include "base/error.h"
#include "search/library/database.h"
#include "search/library/hash_bytes.h"
#include "search/library/library.h"
#include "search/library/model_rows.h"
#include "search/library/schema.h"

namespace cnclip::search {
namespace {

constexpr const char* kFiles =
    "SELECT id, source, path, bytes, modified, state, content, error IS NOT NULL FROM pictures ";

KnownFile file_of(const Statement& row) {
  KnownFile known;
  known.row = row.integer(0);
  known.source = row.integer(1);
  known.file = {row.string(2), row.integer(3), row.integer(4)};
  known.state = static_cast<PictureState>(row.integer(5));
  known.content = row.integer(6);
  known.broken = row.integer(7) != 0;
  return known;
}

std::vector<KnownFile> all_of(Statement found) {
  std::vector<KnownFile> files;
  while (found.step()) files.push_back(file_of(found));
  return files;
}

}  // namespace

std::vector<KnownFile> Library::files(std::int64_t source, const std::string& after, const std::string& before,
                                      std::size_t most) const {
  const auto count = static_cast<std::int64_t>(most);
  if (before.empty()) {
    return all_of(database_->query(std::string(kFiles) + "WHERE source = ? AND path > ? ORDER BY path LIMIT ?",
                                   {source, Blob{after}, count}));
  }
  return all_of(
      database_->query(std::string(kFiles) + "WHERE source = ? AND path > ? AND path < ? ORDER BY path LIMIT ?",
                       {source, Blob{after}, Blob{before}, count}));
}

std::optional<KnownFile> Library::file(std::int64_t source, const std::string& path) const {
  Statement found = database_->query(std::string(kFiles) + "WHERE source = ? AND path = ?", {source, Blob{path}});
  if (!found.step()) return {};
  return file_of(found);
}

std::vector<KnownFile> Library::files_in(PictureState state, Row after, std::size_t most, bool like_missing) const {
  // "state <> 0" tells SQLite that the index of the few unsettled rows will do.
  return all_of(database_->query(
      fmt::format("{}WHERE state = ? AND state <> 0 AND id > ? {}ORDER BY id LIMIT ?", kFiles,
                  like_missing ? "AND bytes IN (SELECT bytes FROM pictures WHERE state = 2 AND state <> 0) " : ""),
      {static_cast<std::int64_t>(state), after, static_cast<std::int64_t>(most)}));
}

std::vector<KnownFile> Library::files_of_content(std::int64_t content) const {
  return all_of(
      database_->query(std::string(kFiles) + "WHERE content = ? AND content IS NOT NULL ORDER BY id", {content}));
}

std::optional<Row> Library::missing_with(std::int64_t content) const {
  const Row row = database_->number(
      "SELECT id FROM pictures WHERE content = ? AND content IS NOT NULL AND state = 2 ORDER BY id LIMIT 1", {content});
  return row != 0 ? std::optional(row) : std::nullopt;
}

bool Library::in_use(std::int64_t content) const {
  return database_->number("SELECT 1 FROM pictures WHERE content = ? AND content IS NOT NULL LIMIT 1", {content}) != 0;
}

std::optional<std::int64_t> Library::find_content(const std::string& hash, VectorSet set) const {
  const Snapshot snapshot(*this);
  const std::int64_t content =
      database_->number(fmt::format("SELECT c.id FROM contents AS c JOIN {} AS v ON v.content = c.id WHERE c.hash = ?",
                                    vectors_table(model_of(*database_, set))),
                        {Blob{bytes_of(hash)}});
  return content != 0 ? std::optional(content) : std::nullopt;
}

std::string Library::hash_of(std::int64_t content) const {
  Statement found = database_->query("SELECT hash FROM contents WHERE id = ?", {content});
  return found.step() ? hex_of(found.bytes(0)) : std::string();
}

std::vector<FoundFile> Library::containers(std::int64_t source) const {
  Statement found =
      database_->query("SELECT name, bytes, modified FROM containers WHERE source = ? ORDER BY name", {source});
  std::vector<FoundFile> files;
  while (found.step()) files.push_back({found.string(0), found.integer(1), found.integer(2)});
  return files;
}

}  // namespace cnclip::search
