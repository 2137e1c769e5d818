#include "search/library/model_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "search/library/schema.h"

namespace cnclip::search {
namespace {

constexpr std::int64_t kMaxWidth = 65'536;

}  // namespace

void check_library(Database& database) {
  database.check_kind(kLibraryApplication, kLibraryVersion);
  database.begin(false);
  std::vector<std::int64_t> models;
  {
    // Asked of the schema, for a file of another make has no such table.
    Statement tables =
        database.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'vectors\\_%' ESCAPE '\\'");
    while (tables.step()) {
      const std::string name = tables.string(0);
      const std::int64_t model = std::atoll(name.c_str() + std::string_view("vectors_").size());
      if (name != vectors_table(model) || models.size() > 8) database.damaged("its schema has an unknown " + name);
      models.push_back(model);
    }
  }
  database.check_objects(library_objects(models));
  const auto table_of = [&](std::int64_t model) {
    if (std::find(models.begin(), models.end(), model) == models.end()) {
      database.damaged(fmt::format("model {} has no vectors", model));
    }
    read_model(database, model);
  };
  table_of(current_model(database));
  if (const std::int64_t next = following_model(database); next != 0) table_of(next);
  database.leave();
}

std::int64_t current_model(Database& database) {
  return database.number("SELECT model FROM state");
}
std::int64_t following_model(Database& database) {
  return database.number("SELECT next FROM state");
}

ModelStamp read_model(Database& database, std::int64_t id) {
  Statement found = database.query(
      "SELECT path, name, fingerprint, width, transform, image_size, fast_decode, oriented, precision FROM models "
      "WHERE id = ?",
      {id});
  if (!found.step()) database.damaged(fmt::format("model {} is not described", id));
  ModelStamp model;
  model.path = found.string(0);
  model.name = found.string(1);
  model.fingerprint = found.string(2);
  model.width = found.integer(3);
  model.transform = found.integer(4);
  model.image_size = found.integer(5);
  model.fast_decode = found.integer(6) != 0;
  model.oriented = found.integer(7) != 0;
  model.precision = found.string(8);
  if (model.width < 1 || model.width > kMaxWidth) database.damaged(fmt::format("vectors of width {}", model.width));
  return model;
}

std::int64_t model_of(Database& database, VectorSet set) {
  return set == VectorSet::current ? current_model(database) : following_model(database);
}

std::optional<VectorServer> read_server(Database& database, std::int64_t model) {
  Statement found =
      database.query("SELECT m.collection, s.library, s.address FROM store AS s, models AS m WHERE m.id = ?", {model});
  if (!found.step()) return {};
  return VectorServer{found.string(0), found.string(1), found.string(2)};
}

std::int64_t add_model(Database& database, const ModelStamp& model, const std::string& collection) {
  database.run(
      "INSERT INTO models (path, name, fingerprint, width, transform, image_size, fast_decode, oriented, precision, "
      "collection) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {Blob{model.path}, std::string_view(model.name), std::string_view(model.fingerprint), model.width,
       model.transform, model.image_size, std::int64_t{model.fast_decode}, std::int64_t{model.oriented},
       std::string_view(model.precision), std::string_view(collection)});
  const std::int64_t id = database.last_row();
  database.run(vectors_sql(id));
  return id;
}

}  // namespace cnclip::search
