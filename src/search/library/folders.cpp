#include "search/library/folders.h"

#include <set>

#include "search/library/database.h"
#include "search/library/filter_sql.h"

namespace cnclip::search {

std::vector<std::string> folders_of(const Library& library, std::size_t most) {
  std::set<std::string> folders;
  for (const LibrarySource& source : library.sources()) {
    if (source.kind == SourceKind::containers) continue;
    const std::string root = root_of(source);
    std::string latest;
    // By the index on (source, path), so that most rows lie where the one before does.
    Statement paths = library.database().query("SELECT path FROM pictures WHERE source = ? ORDER BY path", {source.id});
    while (paths.step()) {
      const std::string_view path = paths.bytes(0);
      const std::size_t slash = path.rfind('/');
      const std::string_view folder = path.substr(0, slash == std::string_view::npos ? 0 : slash);
      if (!folders.empty() && folder == latest) continue;
      latest = folder;
      folders.insert(folder.starts_with('/') ? latest : plain_path(std::filesystem::path(root) / latest));
      if (folders.size() > most) folders.erase(std::prev(folders.end()));
    }
  }
  return {folders.begin(), folders.end()};
}

}  // namespace cnclip::search
