#include "search/library/library.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "search/library/database.h"
#include "search/library/filter_sql.h"
#include "search/library/hash_bytes.h"
#include "search/library/model_rows.h"
#include "search/library/schema.h"
#include "search/library/thumbnails.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPictures =
    "SELECT p.id, p.source, p.path, p.bytes, p.modified, p.content, p.state, p.error, c.hash, c.width, c.height "
    "FROM pictures AS p LEFT JOIN contents AS c ON c.id = p.content ";

Picture picture_of(const Statement& row) {
  Picture picture;
  picture.row = row.integer(0);
  picture.source = row.integer(1);
  picture.path = row.string(2);
  picture.bytes = row.integer(3);
  picture.modified = row.integer(4);
  picture.content = row.integer(5);
  picture.waiting = row.integer(6) == static_cast<std::int64_t>(PictureState::waiting);
  picture.error = row.string(7);
  picture.hash = hex_of(row.bytes(8));
  picture.width = static_cast<int>(row.integer(9));
  picture.height = static_cast<int>(row.integer(10));
  return picture;
}

std::unique_ptr<Database> open(const fs::path& index, Database::Access access) {
  if (!fs::exists(index / kLibraryFile)) {
    throw_bad_input("{}: holds no index: `cnclip index create` makes one", index.string());
  }
  auto database = std::make_unique<Database>(index / kLibraryFile, access);
  check_library(*database);
  return database;
}

}  // namespace

const char* name_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::folder: return "folder";
    case SourceKind::list: return "list";
    case SourceKind::containers: return "containers";
  }
  throw_internal("library: unknown kind of source");
}

bool ModelStamp::same_vectors(const ModelStamp& other) const {
  return fingerprint == other.fingerprint && width == other.width && transform == other.transform &&
         image_size == other.image_size && fast_decode == other.fast_decode && oriented == other.oriented &&
         precision == other.precision;
}

Library::Library(const fs::path& index) : Library(index, open(index, Database::Access::read)) {}

Library::Library(fs::path folder, std::unique_ptr<Database> database)
    : folder_(std::move(folder)), database_(std::move(database)) {}

Library Library::open_to_write(const fs::path& index) {
  return Library(index, open(index, Database::Access::write));
}

Library::~Library() = default;
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;

Library::Snapshot::Snapshot(const Library& library) : database_(library.database_.get()) {
  database_->begin(false);
}
Library::Snapshot::~Snapshot() {
  database_->leave();
}

ModelStamp Library::model() const {
  const Snapshot snapshot(*this);
  return read_model(*database_, current_model(*database_));
}

std::optional<ModelStamp> Library::next_model() const {
  const Snapshot snapshot(*this);
  const std::int64_t next = following_model(*database_);
  if (next == 0) return {};
  return read_model(*database_, next);
}

std::int64_t Library::version() const {
  return database_->number("SELECT version FROM state");
}

std::vector<Row> Library::rows(const Filter& filter) const {
  const Snapshot snapshot(*this);
  const FilterSql sql(filter, filter.folder ? sources() : std::vector<LibrarySource>());
  const bool by_size = filter.width_from || filter.width_to || filter.height_from || filter.height_to;
  Statement found =
      database_->query(fmt::format("SELECT p.id FROM pictures AS p {}WHERE {} ORDER BY p.id",
                                   by_size ? "JOIN contents AS c ON c.id = p.content " : "", sql.condition()),
                       sql.values());
  std::vector<Row> rows;
  while (found.step()) rows.push_back(found.integer(0));
  return rows;
}

std::optional<Picture> Library::picture(Row row) const {
  const Snapshot snapshot(*this);
  Statement found = database_->query(std::string(kPictures) + "WHERE p.id = ?", {row});
  if (!found.step()) return {};
  Picture picture = picture_of(found);
  Statement tags = database_->query("SELECT tag FROM tags WHERE picture = ? ORDER BY tag", {row});
  while (tags.step()) picture.tags.push_back(tags.string(0));
  return picture;
}

std::string Library::location(const Picture& picture) const {
  Statement found = database_->query("SELECT path FROM sources WHERE id = ?", {picture.source});
  return found.step() ? (fs::path(found.string(0)) / picture.path).string() : picture.path;
}

std::optional<Row> Library::find(const std::string& path) const {
  const Snapshot snapshot(*this);
  const std::string plain = plain_path(path);
  const auto at = [&](std::int64_t source, const std::string& inner) {
    return database_->number("SELECT id FROM pictures WHERE source = ? AND path = ?", {source, Blob{inner}});
  };
  for (const LibrarySource& source : sources()) {
    const auto inner = source.kind == SourceKind::list ? plain : below(plain, source.path);
    if (!inner) continue;
    if (const Row row = at(source.id, *inner); row != 0) return row;
  }
  if (plain.starts_with('/')) return {};
  for (const LibrarySource& source : sources()) {
    if (const Row row = at(source.id, plain); row != 0) return row;
  }
  return {};
}

std::optional<std::string> Library::thumbnail(Row row) const {
  std::string hash;
  {
    Statement found = database_->query(
        "SELECT c.hash FROM pictures AS p JOIN contents AS c ON c.id = p.content WHERE p.id = ?", {row});
    if (!found.step()) return {};
    hash = hex_of(found.bytes(0));
  }
  if (!thumbnails_) thumbnails_ = Thumbnails::open(folder_);
  if (!thumbnails_) return {};
  return thumbnails_->find(hash);
}

std::vector<LibrarySource> Library::sources() const {
  Statement found = database_->query("SELECT id, kind, path, hidden, problem FROM sources ORDER BY id");
  std::vector<LibrarySource> sources;
  while (found.step()) {
    const std::int64_t kind = found.integer(1);
    if (kind < 0 || kind > static_cast<std::int64_t>(SourceKind::containers)) {
      database_->damaged(fmt::format("source {} is of kind {}", found.integer(0), kind));
    }
    sources.push_back(
        {found.integer(0), static_cast<SourceKind>(kind), found.string(2), found.integer(3) != 0, found.string(4)});
  }
  return sources;
}

Counts Library::counts() const {
  const Snapshot snapshot(*this);
  const auto in_state = [&](PictureState state) {
    return database_->number("SELECT count(*) FROM pictures WHERE state = ? AND state <> 0",
                             {static_cast<std::int64_t>(state)});
  };
  Counts counts;
  counts.pictures = database_->number("SELECT count(*) FROM pictures");
  counts.searchable = database_->number("SELECT count(*) FROM pictures WHERE content IS NOT NULL");
  counts.contents = database_->number("SELECT count(DISTINCT content) FROM pictures WHERE content IS NOT NULL");
  counts.waiting = in_state(PictureState::waiting);
  counts.missing = in_state(PictureState::missing);
  counts.broken = database_->number("SELECT count(*) FROM pictures WHERE error IS NOT NULL");
  counts.unsent = database_->number("SELECT count(*) FROM unsent WHERE model = ?", {current_model(*database_)});
  return counts;
}

std::vector<std::pair<std::string, std::int64_t>> Library::tags() const {
  Statement found = database_->query("SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY tag");
  std::vector<std::pair<std::string, std::int64_t>> tags;
  while (found.step()) tags.emplace_back(found.string(0), found.integer(1));
  return tags;
}

void Library::visit_broken(const std::function<void(const Picture&)>& visit) const {
  Statement found = database_->query(std::string(kPictures) + "WHERE p.error IS NOT NULL ORDER BY p.id");
  while (found.step()) visit(picture_of(found));
}

void Library::visit_looks(const std::function<void(Row, std::int64_t, std::uint64_t)>& visit) const {
  Statement found = database_->query(
      "SELECT p.id, c.id, c.look FROM contents AS c JOIN pictures AS p ON p.content = c.id WHERE p.content IS NOT NULL "
      "ORDER BY c.id, p.id");
  while (found.step()) visit(found.integer(0), found.integer(1), static_cast<std::uint64_t>(found.integer(2)));
}

}  // namespace cnclip::search
