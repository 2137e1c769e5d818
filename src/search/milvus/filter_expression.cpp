#include "search/milvus/filter_expression.h"

#include <fmt/format.h>

#include <optional>

#include "search/library/filter_sql.h"
#include "search/milvus/plain_text.h"

namespace cnclip::search {
namespace {

class Conditions {
 public:
  void both(const std::string& condition) { text_ += (text_.empty() ? "" : " and ") + condition; }
  template <class Number>
  void bound(const char* field, const char* comparison, const std::optional<Number>& value) {
    if (value) both(fmt::format("{} {} {}", field, comparison, *value));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// No pattern of "like": its wildcards may be part of a path. What lies below "a/b" begins with "a/b/", and is thus
// between that and "a/b0", for '0' follows '/'.
std::string in_folder(const std::string& folder, const std::vector<LibrarySource>& sources) {
  std::string any;
  for (const FolderPart& part : folder_parts(folder, sources)) {
    const std::string path = plain_text(part.path);
    any += any.empty() ? "" : " or ";
    any += part.path.empty()
               ? fmt::format("source == {}", part.source)
               : fmt::format("(source == {0} and path >= \"{1}/\" and path < \"{1}0\")", part.source, path);
  }
  return any.empty() ? "row < 0" : "(" + any + ")";
}

}  // namespace

std::string filter_expression(const Filter& filter, const std::vector<LibrarySource>& sources) {
  Conditions all;
  if (filter.folder) all.both(in_folder(*filter.folder, sources));
  all.bound("modified", ">=", filter.modified_from);
  all.bound("modified", "<=", filter.modified_to);
  all.bound("bytes", ">=", filter.bytes_from);
  all.bound("bytes", "<=", filter.bytes_to);
  all.bound("width", ">=", filter.width_from);
  all.bound("width", "<=", filter.width_to);
  all.bound("height", ">=", filter.height_from);
  all.bound("height", "<=", filter.height_to);
  // Versions without an array type keep tags as JSON; current ones take the same word for arrays.
  for (const std::string& tag : filter.tags) all.both(fmt::format("json_contains(tags, \"{}\")", plain_text(tag)));
  for (const std::string& tag : filter.without_tags)
    all.both(fmt::format("not json_contains(tags, \"{}\")", plain_text(tag)));
  return all.text();
}

}  // namespace cnclip::search
