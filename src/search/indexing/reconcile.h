// What a scan finds, held against what the library knows: new and changed pictures wait to be read, vanished ones are
// missing.
#pragma once

#include "search/indexing/scan.h"
#include "search/library/writer.h"

namespace cnclip::search {

// Of a source, or of the part of a folder that `start` and `deep` name. What could not be listed is believed to be
// there still, and so is everything when the source has gone or holds no picture any more (a disk that is not
// mounted); the library keeps the reason with the source. `stop` is asked now and then; after a true the scan ends,
// without harm.
void reconcile(LibraryWriter& writer, const LibrarySource& source, const std::string& start, bool deep,
               const std::function<bool()>& stop);

}  // namespace cnclip::search
