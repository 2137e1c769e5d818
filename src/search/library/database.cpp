#include "search/library/database.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <utility>

#include "base/error.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyMilliseconds = 60'000;  // a commit of another process takes a fraction of a second
constexpr int kLongestValue = 64 << 20;

// As a URI, which is the only way to call a file immutable.
std::string immutable_uri(const fs::path& file) {
  std::string uri = "file:";
  for (const char c : fs::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02x}", c);
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

// A log that must be read with the file, by way of files that must be made.
bool has_log(const fs::path& file) {
  std::error_code failed;
  const auto size = fs::file_size(file.string() + "-wal", failed);
  return !failed && size > 0;
}

}  // namespace

Statement::Statement(Database& database, std::string sql, sqlite3_stmt* statement)
    : database_(&database), sql_(std::move(sql)), statement_(statement) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), sql_(std::move(other.sql_)), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  database_->idle_.emplace(std::move(sql_), statement_);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->fail(code);
  return false;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}
bool Statement::null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(const fs::path& file, Access access) : name_(file.string()) {
  try {
    open(file, access);
  } catch (...) {
    release();
    throw;
  }
}

Database::~Database() {
  release();
}

void Database::release() {
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  idle_.clear();
  sqlite3_close(connection_);
  connection_ = nullptr;
}

void Database::open(const fs::path& file, Access access) {
  const int flags = SQLITE_OPEN_NOMUTEX | (access == Access::read    ? SQLITE_OPEN_READONLY
                                           : access == Access::write ? SQLITE_OPEN_READWRITE
                                                                     : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  // On a medium that cannot be written the log's files cannot be made; without a log none are needed.
  const bool immutable =
      access == Access::read && ::access(fs::absolute(file).parent_path().c_str(), W_OK) != 0 && !has_log(file);
  const int code = immutable
                       ? sqlite3_open_v2(immutable_uri(file).c_str(), &connection_, flags | SQLITE_OPEN_URI, nullptr)
                       : sqlite3_open_v2(file.c_str(), &connection_, flags, nullptr);
  if (code != SQLITE_OK) fail(code);
  sqlite3_extended_result_codes(connection_, 1);
  sqlite3_busy_timeout(connection_, kBusyMilliseconds);
  sqlite3_limit(connection_, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  run("PRAGMA cell_size_check = ON");
  run("PRAGMA cache_size = -65536");  // KiB: holds the index of hashes of a million pictures
  if (access == Access::read) return;
  // Pages that hold several vectors, without much waste whatever their width.
  if (access == Access::create) run("PRAGMA page_size = 16384");
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");  // what was committed survives a loss of power
}

Statement Database::query(std::string sql, const std::vector<Value>& values) {
  sqlite3_stmt* statement = nullptr;
  if (const auto idle = idle_.find(sql); idle != idle_.end()) {
    statement = idle->second;
    idle_.erase(idle);
  } else if (const int code =
                 sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
             code != SQLITE_OK) {
    fail(code);
  }
  Statement query(*this, std::move(sql), statement);
  int at = 0;
  for (const Value& value : values) {
    ++at;
    int code = SQLITE_OK;
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      code = sqlite3_bind_int64(statement, at, *integer);
    else if (const auto* text = std::get_if<std::string_view>(&value))
      code = sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    else if (const auto* blob = std::get_if<Blob>(&value))
      // A null pointer would be NULL, not a blob of no bytes.
      code = sqlite3_bind_blob64(statement, at, blob->bytes.empty() ? "" : blob->bytes.data(), blob->bytes.size(),
                                 SQLITE_TRANSIENT);
    if (code != SQLITE_OK) fail(code);
  }
  return query;
}

void Database::run(std::string sql, const std::vector<Value>& values) {
  Statement statement = query(std::move(sql), values);
  while (statement.step()) {
  }
}

std::int64_t Database::number(std::string sql, const std::vector<Value>& values) {
  Statement statement = query(std::move(sql), values);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(connection_);
}

void Database::begin(bool write) {
  if (depth_ == 0) run(write ? "BEGIN IMMEDIATE" : "BEGIN");
  ++depth_;
}
void Database::end() {
  if (depth_ == 1) run("COMMIT");
  --depth_;
}
void Database::leave() noexcept {
  if (depth_ == 1) sqlite3_exec(connection_, "COMMIT", nullptr, nullptr, nullptr);
  --depth_;
}
void Database::undo() {
  depth_ = 0;
  // Some failures (a full disk) have undone it already.
  if (sqlite3_get_autocommit(connection_) == 0) sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::damaged(std::string_view what) const {
  throw_bad_input("{}: is damaged: {}", name_, what);
}

void Database::fail(int code) const {
  const char* message = connection_ != nullptr ? sqlite3_errmsg(connection_) : sqlite3_errstr(code);
  const int system = connection_ != nullptr ? sqlite3_system_errno(connection_) : 0;
  const std::string reason = system != 0 ? fmt::format("{} ({})", message, std::strerror(system)) : message;
  switch (code & 0xff) {
    case SQLITE_NOMEM: throw std::bad_alloc();
    case SQLITE_BUSY: throw_unavailable("{}: another process has been writing to it for a minute", name_);
    case SQLITE_CANTOPEN: throw_bad_input("{}: cannot open: {}", name_, reason);
    case SQLITE_FULL:
    case SQLITE_READONLY: throw_bad_input("{}: cannot write: {}", name_, reason);
    case SQLITE_IOERR: throw_bad_input("{}: cannot read or write: {}", name_, reason);
    case SQLITE_NOTADB: throw_bad_input("{}: is no SQLite file", name_);
    default: damaged(reason);
  }
}

void Database::check_kind(std::int64_t application, std::int64_t version) const {
  auto& self = const_cast<Database&>(*this);
  if (self.number("PRAGMA application_id") != application) throw_bad_input("{}: is not a file of cnclip", name_);
  if (const auto found = self.number("PRAGMA user_version"); found != version) {
    throw_bad_input("{}: is of version {}, this program knows {}", name_, found, version);
  }
}

void Database::check_objects(const std::map<std::string, std::string>& objects) const {
  auto& self = const_cast<Database&>(*this);
  Statement statement =
      self.query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'");
  std::size_t count = 0;
  while (statement.step()) {
    const auto object = objects.find(statement.string(0));
    if (object == objects.end() || object->second != statement.bytes(1)) {
      damaged(fmt::format("its schema has an unknown {}", statement.bytes(0)));
    }
    ++count;
  }
  if (count != objects.size()) damaged("its schema is not whole");
}

void Database::make_objects(std::int64_t application, std::int64_t version,
                            const std::map<std::string, std::string>& objects) {
  begin(true);
  for (const auto& [name, sql] : objects) {
    if (sql.starts_with("CREATE TABLE")) run(sql);
  }
  for (const auto& [name, sql] : objects) {
    if (!sql.starts_with("CREATE TABLE")) run(sql);
  }
  run(fmt::format("PRAGMA application_id = {}", application));
  run(fmt::format("PRAGMA user_version = {}", version));
  end();
}

}  // namespace cnclip::search
