// An index that follows its sources.
#pragma once

#include "search/indexing/indexer.h"

namespace cnclip::search {

struct WatchOptions {
  double settle = 1;  // seconds of quiet before changes are looked at
  // Seconds between looks at what the system does not tell about: lists, containers, disks of other machines, sources
  // that have gone.
  double every = 60;
};

// Updates all, then what changes, until control.stop(). `updated` hears of each update that did something.
void watch(Indexer& indexer, const WatchOptions& options, const UpdateControl& control,
           const std::function<void(const UpdateReport&)>& updated);

}  // namespace cnclip::search
