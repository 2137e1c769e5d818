// SQLite, held: one connection and its prepared statements.
//
// Opened so that a hostile file can do no more than be called damaged: no triggers, no views, no functions from the
// schema, bounded values. Every failure throws: bad_input for a file that is damaged or cannot be written (a full disk,
// say), unavailable where another process keeps it busy; the message begins with the file's name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace cnclip::search {

// Bytes for a BLOB, in place of a text.
struct Blob {
  std::string_view bytes;
};
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

class Database;

// A running statement; it goes back to the connection's store at the end of its life.
class Statement {
 public:
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  // The next row; false at the end.
  bool step();
  // Columns of the row. What is not of the type is converted as SQLite does; NULL is 0 or empty.
  std::int64_t integer(int column) const;
  std::string_view bytes(int column) const;  // of a text or a blob; until the next step()
  std::string string(int column) const { return std::string(bytes(column)); }
  bool null(int column) const;

 private:
  friend class Database;
  Statement(Database& database, std::string sql, sqlite3_stmt* statement);

  Database* database_;
  std::string sql_;
  sqlite3_stmt* statement_;
};

class Database {
 public:
  enum class Access { read, write, create };
  Database(const std::filesystem::path& file, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Statement query(std::string sql, const std::vector<Value>& values = {});
  void run(std::string sql, const std::vector<Value>& values = {});
  // The one value of the one row; 0 where there is no row.
  std::int64_t number(std::string sql, const std::vector<Value>& values = {});
  std::int64_t last_row() const;

  // A transaction: of reading until there is a write. Inside another one these do nothing.
  void begin(bool write);
  void end();
  void leave() noexcept;  // the end of one that only read
  void undo();            // all of the outermost one

  // That the file is ours: its application_id, its version, and every table and index as `objects` (name to SQL) has
  // it, and nothing else.
  void check_kind(std::int64_t application, std::int64_t version) const;
  void check_objects(const std::map<std::string, std::string>& objects) const;
  void make_objects(std::int64_t application, std::int64_t version, const std::map<std::string, std::string>& objects);

  const std::string& name() const { return name_; }
  [[noreturn]] void damaged(std::string_view what) const;

 private:
  friend class Statement;
  [[noreturn]] void fail(int code) const;
  void open(const std::filesystem::path& file, Access access);
  void release();

  std::string name_;
  sqlite3* connection_ = nullptr;
  int depth_ = 0;
  std::multimap<std::string, sqlite3_stmt*, std::less<>> idle_;
};

}  // namespace cnclip::search
