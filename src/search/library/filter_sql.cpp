#include "search/library/filter_sql.h"

#include <fmt/format.h>

namespace cnclip::search {

namespace fs = std::filesystem;

std::string plain_path(const fs::path& path) {
  std::string plain = path.lexically_normal().string();
  while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain == "." ? std::string() : plain;
}

std::optional<std::string> below(const std::string& path, const std::string& folder) {
  if (path == folder) return std::string();
  const std::string start = folder.ends_with('/') ? folder : folder + '/';
  if (!path.starts_with(start)) return {};
  return path.substr(start.size());
}

std::string root_of(const LibrarySource& source) {
  return source.kind == SourceKind::list ? fs::path(source.path).parent_path().string() : source.path;
}

bool Filter::empty() const {
  return !folder && !modified_from && !modified_to && !bytes_from && !bytes_to && !width_from && !width_to &&
         !height_from && !height_to && tags.empty() && without_tags.empty();
}

FilterSql::FilterSql(const Filter& filter, const std::vector<LibrarySource>& sources) {
  if (filter.folder) folder(*filter.folder, sources);
  bound("p.modified", ">=", filter.modified_from);
  bound("p.modified", "<=", filter.modified_to);
  bound("p.bytes", ">=", filter.bytes_from);
  bound("p.bytes", "<=", filter.bytes_to);
  bound("c.width", ">=", filter.width_from);
  bound("c.width", "<=", filter.width_to);
  bound("c.height", ">=", filter.height_from);
  bound("c.height", "<=", filter.height_to);
  for (const std::string& tag : filter.tags) {
    both("p.id IN (SELECT picture FROM tags WHERE tag = ?)", {std::string_view(tag)});
  }
  for (const std::string& tag : filter.without_tags) {
    both("p.id NOT IN (SELECT picture FROM tags WHERE tag = ?)", {std::string_view(tag)});
  }
}

void FilterSql::both(const std::string& condition, std::vector<Value> values) {
  condition_ += " AND " + condition;
  values_.insert(values_.end(), values.begin(), values.end());
}

void FilterSql::bound(const char* column, const char* comparison, std::optional<std::int64_t> value) {
  if (value) both(fmt::format("{} {} ?", column, comparison), {*value});
}

Blob FilterSql::kept(std::string bytes) {
  return Blob{kept_.emplace_back(std::move(bytes))};
}

std::vector<FolderPart> folder_parts(const std::string& folder, const std::vector<LibrarySource>& sources) {
  const std::string plain = plain_path(folder);
  std::vector<FolderPart> parts;
  for (const LibrarySource& source : sources) {
    const std::string absolute = plain.starts_with('/') ? plain : plain_path(fs::path(root_of(source)) / plain);
    if (source.kind == SourceKind::list) {  // whose paths are absolute
      parts.push_back({source.id, absolute == "/" ? "" : absolute});
    } else if (below(source.path, absolute)) {
      parts.push_back({source.id, ""});
    } else if (const auto inner = below(absolute, source.path)) {
      parts.push_back({source.id, *inner});
    }
  }
  return parts;
}

// Paths below "a/b" lie, as bytes, from "a/b/" on and before "a/b0", for '0' follows '/'.
void FilterSql::folder(const std::string& folder, const std::vector<LibrarySource>& sources) {
  std::string any;
  std::vector<Value> values;
  for (const FolderPart& part : folder_parts(folder, sources)) {
    values.emplace_back(part.source);
    if (part.path.empty()) {
      any += " OR p.source = ?";
    } else {
      any += " OR (p.source = ? AND p.path >= ? AND p.path < ?)";
      values.emplace_back(kept(part.path + '/'));
      values.emplace_back(kept(part.path + '0'));
    }
  }
  both(any.empty() ? "FALSE" : "(" + any.substr(4) + ")", std::move(values));
}

}  // namespace cnclip::search
