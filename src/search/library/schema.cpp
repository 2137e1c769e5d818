#include "search/library/schema.h"

#include <fmt/format.h>

namespace cnclip::search {

std::string vectors_table(std::int64_t model) {
  return fmt::format("vectors_{}", model);
}
std::string vectors_sql(std::int64_t model) {
  return fmt::format("CREATE TABLE {} (content INTEGER PRIMARY KEY, vector BLOB NOT NULL) STRICT",
                     vectors_table(model));
}

std::map<std::string, std::string> library_objects(const std::vector<std::int64_t>& models) {
  std::map<std::string, std::string> objects = {
      // One row. Changes after `base` can be told one by one; `next` is the model of a migration that has begun.
      {"state",
       "CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, base INTEGER NOT NULL, "
       "model INTEGER NOT NULL, next INTEGER) STRICT"},
      // `collection`: where a server keeps the vectors. Of a model that neither answers nor follows, it is to be
      // dropped.
      {"models",
       "CREATE TABLE models (id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL, name TEXT NOT NULL, "
       "fingerprint TEXT NOT NULL, width INTEGER NOT NULL, transform INTEGER NOT NULL, image_size INTEGER NOT NULL, "
       "fast_decode INTEGER NOT NULL, oriented INTEGER NOT NULL, precision TEXT NOT NULL, collection TEXT NOT NULL) "
       "STRICT"},
      {"sources",
       "CREATE TABLE sources (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, path BLOB NOT NULL UNIQUE, "
       "hidden INTEGER NOT NULL, problem TEXT NOT NULL) STRICT"},
      {"containers",
       "CREATE TABLE containers (source INTEGER NOT NULL, name BLOB NOT NULL, bytes INTEGER NOT NULL, "
       "modified INTEGER NOT NULL, PRIMARY KEY (source, name)) STRICT, WITHOUT ROWID"},
      {"contents",
       "CREATE TABLE contents (id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, width INTEGER NOT "
       "NULL, height INTEGER NOT NULL, look INTEGER NOT NULL) STRICT"},
      // AUTOINCREMENT: numbers are never given twice. `changed` is the version that gave it its vector.
      {"pictures",
       "CREATE TABLE pictures (id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL, path BLOB NOT NULL, "
       "bytes INTEGER NOT NULL, modified INTEGER NOT NULL, content INTEGER, state INTEGER NOT NULL, "
       "changed INTEGER NOT NULL, error TEXT, UNIQUE (source, path)) STRICT"},
      {"pictures_content", "CREATE INDEX pictures_content ON pictures (content) WHERE content IS NOT NULL"},
      {"pictures_changed", "CREATE INDEX pictures_changed ON pictures (changed)"},
      // `state` is a PictureState.
      {"pictures_state", "CREATE INDEX pictures_state ON pictures (state) WHERE state <> 0"},
      {"pictures_size", "CREATE INDEX pictures_size ON pictures (state, bytes) WHERE state <> 0"},
      {"pictures_error", "CREATE INDEX pictures_error ON pictures (id) WHERE error IS NOT NULL"},
      // Rows that had a vector once and have none now.
      {"removed", "CREATE TABLE removed (id INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT"},
      {"removed_version", "CREATE INDEX removed_version ON removed (version)"},
      {"tags",
       "CREATE TABLE tags (tag TEXT NOT NULL, picture INTEGER NOT NULL, PRIMARY KEY (tag, picture)) STRICT, WITHOUT "
       "ROWID"},
      {"tags_picture", "CREATE INDEX tags_picture ON tags (picture)"},
      // Where vectors are kept, if not here, as it was said when the index was made: one row or none.
      {"store",
       "CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), address TEXT NOT NULL, library TEXT NOT NULL) "
       "STRICT"},
      // Rows that the collection of a model does not know as they are since `version`.
      {"unsent",
       "CREATE TABLE unsent (model INTEGER NOT NULL, picture INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY "
       "(model, picture)) STRICT, WITHOUT ROWID"},
  };
  for (const std::int64_t model : models) objects.emplace(vectors_table(model), vectors_sql(model));
  return objects;
}

}  // namespace cnclip::search
