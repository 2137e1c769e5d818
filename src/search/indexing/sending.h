// A library's vectors go to the server that keeps them.
#pragma once

#include <optional>

#include "search/library/writer.h"
#include "search/milvus/collection.h"

namespace cnclip::search {

// Connects when there is something to be sent, and does nothing for libraries that keep their vectors. Whatever it
// throws (see MilvusCollection) leaves the rest unsent: the next one goes on. One at a time for a set of a library.
class Sending {
 public:
  explicit Sending(VectorSet set = VectorSet::current) : set_(set) {}

  // Makes the collection where there is none.
  void open(const Library& library) { collection(library, true); }
  void close() { collection_.reset(); }  // the set is to have another collection
  // As long as there are enough rows for a request of a good size.
  void send_full(LibraryWriter& writer);
  // Everything; when it returns, searches see it. Returns the number of contents whose vectors were neither here nor
  // there: their pictures wait to be read again, by an update or by the migration.
  std::int64_t send_all(LibraryWriter& writer);
  // Holds the collection against the library: what it should not have goes, what it lacks is sent, or made anew by the
  // next update or by the migration. Makes the collection where there is none.
  void repair(LibraryWriter& writer);

 private:
  std::int64_t send(LibraryWriter& writer, const std::vector<UnsentRow>& rows);
  MilvusCollection& collection(const Library& library, bool create = false);

  VectorSet set_;
  std::optional<MilvusCollection> collection_;
  std::optional<UnsentRow> last_;  // that was sent
};

// After a short change of people: sends it, unless an indexer runs, which does.
void send_changes(LibraryWriter& writer);

}  // namespace cnclip::search
