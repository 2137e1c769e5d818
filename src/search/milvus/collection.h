// Vectors of a library in a collection of a Milvus server. The entities are numbered by rows. One thread.
#pragma once

#include <optional>
#include <span>

#include "search/milvus/answers.h"
#include "search/milvus/entity.h"
#include "search/milvus/server.h"

namespace cnclip::search {

// Nothing where there is no such collection.
std::optional<MilvusCollectionFacts> find_collection(MilvusServer& server);
void drop_collection(MilvusServer& server);

// Every call throws unavailable when the server is away or does not do what it was asked; the message begins with the
// address and what was being done.
class MilvusCollection {
 public:
  // `mark` says what the collection holds: of which library and which model; it is kept in the collection's
  // description. Makes the collection where there is none, if `create`. Throws bad_input, naming both, where there is
  // one of another mark or width.
  MilvusCollection(const MilvusAddress& address, std::string mark, std::int64_t width, bool create);

  // Takes entities in, in the place of those of the same rows. Either all are there when it returns or it throws, and
  // then some may be: to put them in again is always right.
  void put(std::span<const MilvusEntity> entities);
  void remove(std::span<const Row> rows);

  // The `k` nearest by inner product, best first, of those for which the filter's expression holds (empty: of all).
  // Entities put in within the last seconds may be missing, see wait_until_seen(). At most kMostHits can be asked for.
  static constexpr std::int64_t kMostHits = 16'384;
  // `whole`: look at everything there is, for which an index may be no help.
  std::vector<MilvusHit> search(std::span<const float> vector, std::int64_t k, const std::string& filter, bool whole);

  // Those that are there, in any order, each with its number in the field `number`: "row" or "content". At most
  // kMostHits rows.
  NumberedVectors vectors_of_rows(std::span<const Row> rows, const char* number);
  // Of any picture with that content.
  std::optional<std::vector<float>> vector_of_content(std::int64_t content);

  // All rows from `from` on and before `to`, ascending; at most kMostHits / 2 apart, for a row may be there twice.
  std::vector<Row> rows(Row from, Row to);
  void remove_from(Row row);  // and all above it

  // Returns when searches see that entity as it was put in, and all before it; false when they do not after half a
  // minute.
  bool wait_until_seen(Row row, std::int64_t version);

 private:
  std::string query(const std::string& filter, const std::vector<std::string>& fields, std::int64_t limit);
  void create();
  void remove_where(const std::string& filter);

  MilvusServer server_;
  std::string mark_;
  std::int64_t width_;
};

}  // namespace cnclip::search
