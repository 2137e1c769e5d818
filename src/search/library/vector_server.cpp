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

std::optional<VectorServer> Library::vector_server() const {
  Statement found = database_->query("SELECT address, library FROM store");
  if (!found.step()) return {};
  return VectorServer{found.string(0), found.string(1)};
}

std::vector<UnsentRow> Library::unsent(std::size_t most) const {
  Statement found = database_->query("SELECT picture, version FROM unsent ORDER BY picture LIMIT ?",
                                     {static_cast<std::int64_t>(most)});
  std::vector<UnsentRow> rows;
  while (found.step()) rows.push_back({found.integer(0), found.integer(1)});
  return rows;
}

void LibraryWriter::set_vector_server(const std::string& address) {
  library_.database().run("INSERT INTO store (one, address, library) VALUES (1, ?, lower(hex(randomblob(8))))",
                          {std::string_view(address)});
}

void LibraryWriter::set_unsent(Row row) {
  note_change(row);
}

void LibraryWriter::set_sent(std::span<const UnsentRow> rows) {
  Database& database = library_.database();
  const std::string table = vectors_table(current_model(database));
  for (const UnsentRow& row : rows)
    database.run("DELETE FROM unsent WHERE picture = ? AND version = ?", {row.row, row.version});
  for (const UnsentRow& row : rows) {
    // Others of the same content may still have to be sent.
    database.run(fmt::format("UPDATE {} SET vector = x'' WHERE content = (SELECT content FROM pictures WHERE id = ?) "
                             "AND NOT EXISTS (SELECT 1 FROM pictures AS p JOIN unsent AS u ON u.picture = p.id "
                             "WHERE p.content = {}.content)",
                             table, table),
                 {row.row});
  }
}

void LibraryWriter::lose_vector(std::int64_t content) {
  Database& database = library_.database();
  database.run(fmt::format("DELETE FROM {} WHERE content = ?", vectors_table(current_model(database))), {content});
  database.run("UPDATE pictures SET state = ? WHERE content = ?",
               {static_cast<std::int64_t>(PictureState::waiting), content});
  // Containers are read again as if they were new.
  database.run("DELETE FROM containers WHERE source IN (SELECT source FROM pictures WHERE content = ?)", {content});
}

}  // namespace cnclip::search
