#include "search/indexing/watch.h"

#include <set>
#include <utility>

#include "search/indexing/folder_events.h"

namespace cnclip::search {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookMilliseconds = 200;  // how soon it hears that it is to stop

double since(Clock::time_point time) {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

}  // namespace

void watch(Indexer& indexer, const WatchOptions& options, const UpdateControl& control,
           const std::function<void(const UpdateReport&)>& updated) {
  FolderEvents events;
  std::set<std::int64_t> looked_after;  // sources that are looked at now and then
  const auto follow = [&](const LibrarySource& source) {
    if (source.kind == SourceKind::folder && events.follow(source))
      looked_after.erase(source.id);
    else
      looked_after.insert(source.id);
  };
  for (const LibrarySource& source : indexer.library().sources()) follow(source);

  std::vector<SourcePart> changed;
  std::vector<std::int64_t> lost;
  UpdateControl quiet = control;  // warnings once, not with every update
  std::set<std::string> told;
  quiet.warn = [&](const std::string& text) {
    if (control.warn && told.insert(text).second) control.warn(text);
  };
  const auto report = [&](const UpdateReport& done) {
    if (done.read + done.removed > 0) updated(done);
  };
  report(indexer.update(quiet));
  Clock::time_point looked = Clock::now(), last_event = Clock::now();
  while (!control.stop()) {
    const std::size_t before = changed.size();
    events.wait(kLookMilliseconds, changed, lost);
    if (changed.size() > before) last_event = Clock::now();
    looked_after.insert(lost.begin(), lost.end());
    lost.clear();
    if (!changed.empty() && since(last_event) >= options.settle) {
      report(indexer.update(std::exchange(changed, {}), quiet));
    }
    if (looked_after.empty() || since(looked) < options.every) continue;
    std::vector<SourcePart> parts;
    for (const LibrarySource& source : indexer.library().sources()) {
      if (!looked_after.contains(source.id)) continue;
      follow(source);  // before the look, so that nothing happens in between
      parts.push_back({source.id, "", true});
    }
    report(indexer.update(parts, quiet));
    looked = Clock::now();
  }
}

}  // namespace cnclip::search
