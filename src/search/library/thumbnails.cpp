#include "search/library/thumbnails.h"

#include "search/library/database.h"
#include "search/library/hash_bytes.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "thumbnails.sqlite";
constexpr std::int64_t kApplication = 0x434e4354;  // "CNCT"
constexpr std::int64_t kVersion = 1;

const std::map<std::string, std::string>& objects() {
  static const std::map<std::string, std::string> all = {
      {"thumbnails", "CREATE TABLE thumbnails (hash BLOB NOT NULL UNIQUE, jpeg BLOB NOT NULL) STRICT"}};
  return all;
}

}  // namespace

Thumbnails::Thumbnails(std::unique_ptr<Database> database) : database_(std::move(database)) {
  database_->check_kind(kApplication, kVersion);
  database_->check_objects(objects());
}
Thumbnails::~Thumbnails() = default;

std::unique_ptr<Thumbnails> Thumbnails::open(const fs::path& index) {
  if (!fs::exists(index / kFile)) return nullptr;
  return std::unique_ptr<Thumbnails>(new Thumbnails(std::make_unique<Database>(index / kFile, Database::Access::read)));
}

std::unique_ptr<Thumbnails> Thumbnails::open_to_write(const fs::path& index) {
  auto database = std::make_unique<Database>(index / kFile, Database::Access::create);
  // Killed before it had its table, it is empty.
  if (database->number("SELECT count(*) FROM sqlite_schema") == 0) {
    database->make_objects(kApplication, kVersion, objects());
  }
  return std::unique_ptr<Thumbnails>(new Thumbnails(std::move(database)));
}

std::optional<std::string> Thumbnails::find(const std::string& hash) const {
  Statement found = database_->query("SELECT jpeg FROM thumbnails WHERE hash = ?", {Blob{bytes_of(hash)}});
  if (!found.step()) return {};
  return found.string(0);
}

void Thumbnails::begin() {
  database_->begin(true);
}
void Thumbnails::put(const std::string& hash, const std::string& jpeg) {
  database_->run("INSERT OR REPLACE INTO thumbnails (hash, jpeg) VALUES (?, ?)", {Blob{bytes_of(hash)}, Blob{jpeg}});
}
void Thumbnails::end() {
  database_->end();
}
void Thumbnails::undo() {
  database_->undo();
}

void Thumbnails::compact(const std::function<bool(const std::string& hash)>& wanted) {
  begin();
  std::int64_t at = -1;
  for (;;) {  // one at a time: what is being read is not changed
    std::string hash;
    {
      Statement next =
          database_->query("SELECT rowid, hash FROM thumbnails WHERE rowid > ? ORDER BY rowid LIMIT 1", {at});
      if (!next.step()) break;
      at = next.integer(0);
      hash = hex_of(next.bytes(1));
    }
    if (!wanted(hash)) database_->run("DELETE FROM thumbnails WHERE rowid = ?", {at});
  }
  end();
  database_->run("VACUUM");
  database_->run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace cnclip::search
