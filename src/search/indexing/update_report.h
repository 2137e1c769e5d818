// What an update has done, and how it is watched and stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace cnclip::search {

struct UpdateReport {
  std::int64_t added = 0;       // new files that can be searched now
  std::int64_t changed = 0;     // files with other content than before
  std::int64_t moved = 0;       // vanished at one place, turned up at another
  std::int64_t removed = 0;     // files that are no more
  std::int64_t duplicates = 0;  // of those added: copies of a picture that was there already
  std::int64_t errors = 0;      // broken, or not readable
  std::int64_t read = 0;        // files read: all of the above but the removed, and those that proved unchanged
  std::int64_t left = 0;        // still to be read: it was stopped, or they change all the time
  bool stopped = false;
  double seconds = 0;  // of reading and encoding, without start-up and scan
};

struct UpdateControl {
  // Asked now and then; after a true, what has been read is stored and the call returns.
  std::function<bool()> stop = [] { return false; };
  // Pictures done, and how many there are to do where that is known.
  std::function<void(std::size_t done, std::optional<std::size_t> of)> progress;
  // What people should know and no report has: a source that is not there.
  std::function<void(const std::string&)> warn;
};

}  // namespace cnclip::search
