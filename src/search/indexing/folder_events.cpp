#include "search/indexing/folder_events.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/error.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

// Other machines change files there, and nobody tells: NFS, SMB and CIFS, 9P, FUSE.
bool of_other_machines(const std::string& folder) {
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return true;
  constexpr std::uint32_t kKinds[] = {0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x01021997, 0x65735546};
  return std::find(std::begin(kKinds), std::end(kKinds), static_cast<std::uint32_t>(info.f_type)) != std::end(kKinds);
}

void add_once(std::vector<SourcePart>& parts, SourcePart part) {
  if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
}

}  // namespace

FolderEvents::FolderEvents() : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

FolderEvents::~FolderEvents() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool FolderEvents::follow(const LibrarySource& source) {
  if (descriptor_ < 0 || of_other_machines(source.path)) return false;
  std::error_code ignored;
  const auto root = fs::canonical(source.path, ignored);  // a link as the source is one that is followed
  if (!ignored && follow({source.id, root.string(), "", source.hidden})) return true;
  forget_below(source.id, "");
  return false;
}

bool FolderEvents::follow(const Place& place) {
  const fs::path path = place.folder.empty() ? fs::path(place.root) : fs::path(place.root) / place.folder;
  const int watch = ::inotify_add_watch(descriptor_, path.c_str(), kEvents);
  // What cannot be listed is known from its own folder; what has gone meanwhile, too.
  if (watch < 0) return errno == EACCES || errno == ENOTDIR || (errno == ENOENT && !place.folder.empty());
  places_[watch] = place;
  std::error_code failed;
  for (fs::directory_iterator entry(path, fs::directory_options::skip_permission_denied, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    std::error_code gone;
    const std::string name = entry->path().filename().string();
    if (!entry->is_directory(gone) || entry->is_symlink(gone) || (!place.hidden && name.starts_with('.'))) continue;
    Place inner = place;
    inner.folder = place.folder.empty() ? name : place.folder + '/' + name;
    if (!follow(inner)) return false;
  }
  return true;
}

void FolderEvents::forget_below(std::int64_t source, const std::string& folder) {
  for (auto place = places_.begin(); place != places_.end();) {
    const std::string& here = place->second.folder;
    if (place->second.source == source && (folder.empty() || here == folder || here.starts_with(folder + '/'))) {
      ::inotify_rm_watch(descriptor_, place->first);
      place = places_.erase(place);
    } else {
      ++place;
    }
  }
}

void FolderEvents::wait(int milliseconds, std::vector<SourcePart>& changed, std::vector<std::int64_t>& lost) {
  pollfd waited{descriptor_, POLLIN, 0};
  if (::poll(&waited, 1, milliseconds) <= 0 || descriptor_ < 0) return;
  std::set<std::int64_t> gone;
  alignas(inotify_event) char block[64 << 10];
  for (;;) {
    const ssize_t got = ::read(descriptor_, block, sizeof block);
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(block + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& [watch, place] : places_) gone.insert(place.source);
        continue;
      }
      const auto found = places_.find(event->wd);
      if (found == places_.end()) continue;
      const Place place = found->second;
      if ((event->mask & IN_IGNORED) != 0) places_.erase(found);
      if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
        if (place.folder.empty()) gone.insert(place.source);
        continue;
      }
      const std::string name = event->len > 0 ? event->name : "";
      if (name.empty() || (!place.hidden && name.starts_with('.'))) continue;
      if ((event->mask & IN_ISDIR) == 0) {
        add_once(changed, {place.source, place.folder, false});
        continue;
      }
      Place inner = place;
      inner.folder = place.folder.empty() ? name : place.folder + '/' + name;
      if ((event->mask & (IN_MOVED_FROM | IN_DELETE)) != 0) forget_below(place.source, inner.folder);
      if ((event->mask & (IN_MOVED_TO | IN_CREATE)) != 0 && !follow(inner)) gone.insert(place.source);
      // A folder that has gone is missed from the one it was in.
      const bool there = (event->mask & (IN_MOVED_FROM | IN_DELETE)) == 0;
      add_once(changed,
               there ? SourcePart{place.source, inner.folder, true} : SourcePart{place.source, place.folder, true});
    }
  }
  for (const std::int64_t source : gone) {
    forget_below(source, "");
    lost.push_back(source);
  }
}

}  // namespace cnclip::search
