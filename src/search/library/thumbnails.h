// INDEX/thumbnails.sqlite: small pictures by the hash of the content. A file of its own: it is ten times as large as
// the vectors, and can be done without.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cnclip::search {

class Database;

class Thumbnails {
 public:
  // For reading, nothing where there is no file. For writing, it is made.
  static std::unique_ptr<Thumbnails> open(const std::filesystem::path& index);
  static std::unique_ptr<Thumbnails> open_to_write(const std::filesystem::path& index);
  ~Thumbnails();

  std::optional<std::string> find(const std::string& hash) const;  // hexadecimal

  // Between begin() and end(), or else undo().
  void begin();
  void put(const std::string& hash, const std::string& jpeg);
  void end();
  void undo();
  // Leaves those that are wanted, without gaps in the file.
  void compact(const std::function<bool(const std::string& hash)>& wanted);

 private:
  explicit Thumbnails(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace cnclip::search
