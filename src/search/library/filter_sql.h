// A filter as a condition of SQL.
#pragma once

#include <filesystem>
#include <list>

#include "search/library/database.h"
#include "search/library/picture.h"

namespace cnclip::search {

// A condition on `pictures AS p` and `contents AS c`, and the values of its question marks.
class FilterSql {
 public:
  FilterSql(const Filter& filter, const std::vector<LibrarySource>& sources);
  const std::string& condition() const { return condition_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  void both(const std::string& condition, std::vector<Value> values);
  void bound(const char* column, const char* comparison, std::optional<std::int64_t> value);
  void folder(const std::string& folder, const std::vector<LibrarySource>& sources);
  Blob kept(std::string bytes);

  std::string condition_ = "p.content IS NOT NULL";
  std::vector<Value> values_;
  std::list<std::string> kept_;
};

// A path in the one form that paths are compared in: no `.` and `..`, no slash at the end.
std::string plain_path(const std::filesystem::path& path);
// `path` from `folder` on ("" when they are the same), or nothing when it does not lie there.
std::optional<std::string> below(const std::string& path, const std::string& folder);
// Where relative paths of a source begin.
std::string root_of(const LibrarySource& source);

// Where pictures of a filter's folder are: below `path` in a source, or in all of it where that is empty.
struct FolderPart {
  std::int64_t source = 0;
  std::string path;
};
// The same folder may lie in several sources.
std::vector<FolderPart> folder_parts(const std::string& folder, const std::vector<LibrarySource>& sources);

}  // namespace cnclip::search
