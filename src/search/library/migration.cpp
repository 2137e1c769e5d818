// A second set of vectors, and what is left over when files are rewritten.
#include "base/error.h"
#include "search/library/database.h"
#include "search/library/hash_bytes.h"
#include "search/library/model_rows.h"
#include "search/library/schema.h"
#include "search/library/thumbnails.h"
#include "search/library/writer.h"

namespace cnclip::search {
namespace {

std::string to_migrate(std::int64_t next) {
  return fmt::format(
      "FROM contents AS c WHERE EXISTS (SELECT 1 FROM pictures AS p WHERE p.content = c.id AND p.content IS NOT NULL) "
      "AND NOT EXISTS (SELECT 1 FROM {} AS v WHERE v.content = c.id)",
      vectors_table(next));
}

}  // namespace

void LibraryWriter::begin_migration(const ModelStamp& next) {
  Database& database = library_.database();
  if (const std::int64_t begun = following_model(database); begun != 0) {
    if (read_model(database, begun).same_vectors(next)) return;
    drop_migration();
  }
  std::string collection;
  {
    Statement found = database.query("SELECT address || '_' || lower(hex(randomblob(6))) FROM store");
    if (found.step()) collection = found.string(0);
  }
  database.run("UPDATE state SET next = ?", {add_model(database, next, collection)});
}

void LibraryWriter::set_next_vector(std::int64_t content, std::span<const float> vector) {
  Database& database = library_.database();
  const std::int64_t next = following_model(database);
  put_vector(next, content, vector);
  database.run(
      "INSERT OR REPLACE INTO unsent (model, picture, version) SELECT ?, p.id, ? FROM store, pictures AS p WHERE "
      "p.content = ? AND p.content IS NOT NULL",
      {next, version_, content});
}

std::vector<std::int64_t> Library::contents_to_migrate(std::int64_t after, std::size_t most) const {
  const Snapshot snapshot(*this);
  Statement found = database_->query(
      fmt::format("SELECT c.id {} AND c.id > ? ORDER BY c.id LIMIT ?", to_migrate(following_model(*database_))),
      {after, static_cast<std::int64_t>(most)});
  std::vector<std::int64_t> contents;
  while (found.step()) contents.push_back(found.integer(0));
  return contents;
}

std::int64_t Library::contents_to_migrate() const {
  const Snapshot snapshot(*this);
  return database_->number("SELECT count(*) " + to_migrate(following_model(*database_)));
}

void LibraryWriter::finish_migration() {
  Database& database = library_.database();
  const std::int64_t before = current_model(database), next = following_model(database);
  database.run("UPDATE state SET model = next, next = NULL, base = version");
  database.run("DELETE FROM removed");
  // A content that lost its last picture meanwhile may have a vector of the old model only; it is made anew on demand.
  database.run(fmt::format("DELETE FROM contents WHERE id NOT IN (SELECT content FROM {})", vectors_table(next)));
  leave_model(before);
}

void LibraryWriter::drop_migration() {
  Database& database = library_.database();
  const std::int64_t next = following_model(database);
  if (next == 0) return;
  database.run("UPDATE state SET next = NULL");
  leave_model(next);
}

void LibraryWriter::leave_model(std::int64_t model) {
  Database& database = library_.database();
  database.run("DROP TABLE " + vectors_table(model));
  database.run("DELETE FROM unsent WHERE model = ?", {model});
  // One with a collection is remembered until that has been dropped.
  database.run("DELETE FROM models WHERE id = ? AND collection = ''", {model});
}

void LibraryWriter::compact() {
  Database& database = library_.database();
  {
    Statement check = database.query("PRAGMA integrity_check(1)");
    if (!check.step() || check.bytes(0) != "ok") database.damaged(check.bytes(0));
  }
  commit([&] {
    database.run("DELETE FROM contents WHERE id NOT IN (SELECT content FROM pictures WHERE content IS NOT NULL)");
    for (const std::int64_t model : {current_model(database), following_model(database)}) {
      if (model == 0) continue;
      database.run(fmt::format("DELETE FROM {} WHERE content NOT IN (SELECT id FROM contents)", vectors_table(model)));
    }
    // Whoever has seen all but this commit need not begin anew.
    database.run("DELETE FROM removed");
    database.run("UPDATE state SET base = version - 1");
  });
  database.run("VACUUM");
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  thumbnails().compact([&](const std::string& hash) {
    return database.number("SELECT count(*) FROM contents WHERE hash = ?", {Blob{bytes_of(hash)}}) != 0;
  });
}

}  // namespace cnclip::search
