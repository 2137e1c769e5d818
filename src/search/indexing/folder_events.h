// What the system tells of changes in folders (inotify).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "search/indexing/indexer.h"

namespace cnclip::search {

class FolderEvents {
 public:
  FolderEvents();
  ~FolderEvents();
  FolderEvents(const FolderEvents&) = delete;
  FolderEvents& operator=(const FolderEvents&) = delete;

  // Follows a source and all folders below it. False where the system does not tell of all changes there: the file
  // system is of another machine, the system has no more watches to give, or the folder does not exist.
  bool follow(const LibrarySource& source);

  // Waits until something has happened, at most so long. Gives the parts that changed, each once; `lost` those sources
  // (by id) that are no longer followed: their folder has gone, or too much happened at once.
  void wait(int milliseconds, std::vector<SourcePart>& changed, std::vector<std::int64_t>& lost);

 private:
  struct Place {
    std::int64_t source;
    std::string root;
    std::string folder;  // below root
    bool hidden;
  };
  bool follow(const Place& place);
  void forget_below(std::int64_t source, const std::string& folder);

  int descriptor_;
  std::map<int, Place> places_;
};

}  // namespace cnclip::search
