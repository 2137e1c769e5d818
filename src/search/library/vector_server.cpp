// A library whose vectors a server keeps. It stays the truth: a vector leaves it only when the server has said that it
// is there, and whatever the server is to be told stands in `unsent` until then. So a program that is killed anywhere
// tells the server some things twice, which does no harm, and nothing is lost.
//
// A vector that has been sent leaves an empty one in its place: its content need not be encoded again.
#include "base/error.h"
#include "search/library/database.h"
#include "search/library/model_rows.h"
#include "search/library/schema.h"
#include "search/library/writer.h"

namespace cnclip::search {

std::optional<VectorServer> Library::vector_server(VectorSet set) const {
  const Snapshot snapshot(*this);
  return read_server(*database_, model_of(*database_, set));
}

std::vector<UnsentRow> Library::unsent(std::size_t most, VectorSet set) const {
  const Snapshot snapshot(*this);
  Statement found = database_->query("SELECT picture, version FROM unsent WHERE model = ? ORDER BY picture LIMIT ?",
                                     {model_of(*database_, set), static_cast<std::int64_t>(most)});
  std::vector<UnsentRow> rows;
  while (found.step()) rows.push_back({found.integer(0), found.integer(1)});
  return rows;
}

std::vector<LeftCollection> Library::left_collections() const {
  const Snapshot snapshot(*this);
  std::vector<std::int64_t> models;
  {
    Statement found = database_->query(
        "SELECT m.id FROM models AS m, state AS s WHERE m.id <> s.model AND m.id IS NOT s.next ORDER BY m.id");
    while (found.step()) models.push_back(found.integer(0));
  }
  std::vector<LeftCollection> left;
  for (const std::int64_t model : models) {
    if (auto server = read_server(*database_, model))
      left.push_back({model, std::move(*server), read_model(*database_, model)});
  }
  return left;
}

void LibraryWriter::set_vector_server(const std::string& address) {
  Database& database = library_.database();
  database.run("INSERT INTO store (one, address, library) VALUES (1, ?, lower(hex(randomblob(8))))",
               {std::string_view(address)});
  database.run("UPDATE models SET collection = ? WHERE id = ?", {std::string_view(address), current_model(database)});
}

void LibraryWriter::set_unsent(Row row, VectorSet set) {
  Database& database = library_.database();
  database.run("INSERT OR REPLACE INTO unsent (model, picture, version) VALUES (?, ?, ?)",
               {model_of(database, set), row, version_});
}

void LibraryWriter::set_sent(std::span<const UnsentRow> rows, VectorSet set) {
  Database& database = library_.database();
  const std::int64_t model = model_of(database, set);
  const std::string table = vectors_table(model);
  for (const UnsentRow& row : rows)
    database.run("DELETE FROM unsent WHERE model = ? AND picture = ? AND version = ?", {model, row.row, row.version});
  for (const UnsentRow& row : rows) {
    // Others of the same content may still have to be sent.
    database.run(fmt::format("UPDATE {} SET vector = x'' WHERE content = (SELECT content FROM pictures WHERE id = ?) "
                             "AND NOT EXISTS (SELECT 1 FROM pictures AS p JOIN unsent AS u ON u.picture = p.id "
                             "WHERE u.model = ? AND p.content = {}.content)",
                             table, table),
                 {row.row, model});
  }
}

void LibraryWriter::lose_vector(std::int64_t content, VectorSet set) {
  Database& database = library_.database();
  database.run(fmt::format("DELETE FROM {} WHERE content = ?", vectors_table(model_of(database, set))), {content});
  if (set == VectorSet::next) return;  // a migration makes what is not there
  database.run("UPDATE pictures SET state = ? WHERE content = ?",
               {static_cast<std::int64_t>(PictureState::waiting), content});
  // Containers are read again as if they were new.
  database.run("DELETE FROM containers WHERE source IN (SELECT source FROM pictures WHERE content = ?)", {content});
}

void LibraryWriter::forget_collection(const LeftCollection& left) {
  library_.database().run("DELETE FROM models WHERE id = ?", {left.model});
}

}  // namespace cnclip::search
