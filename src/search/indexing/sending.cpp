#include "search/indexing/sending.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "search/library/write_lock.h"
#include "search/milvus/library_collection.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kAtOnce = 500;  // a few megabytes of JSON
constexpr Row kRowsAtOnce = MilvusCollection::kMostHits / 2;

// Vectors of contents that the library no longer has, from the pictures that have them there. Each is put back into the
// library first: the server forgets it for a moment when its picture is put in anew.
std::int64_t fetch_back(LibraryWriter& writer, VectorSet set, MilvusCollection& collection,
                        std::vector<MilvusEntity>& entities) {
  std::vector<Row> rows;
  std::set<std::int64_t> wanted;
  for (const MilvusEntity& entity : entities) {
    if (!entity.vector.empty()) continue;
    rows.push_back(entity.row);
    wanted.insert(entity.content);
  }
  if (rows.empty()) return 0;
  std::map<std::int64_t, std::vector<float>> vectors;
  for (auto& [content, vector] : collection.vectors_of_rows(rows, "content")) {
    // A picture may have become another one since it was sent.
    if (wanted.contains(content)) vectors[content] = std::move(vector);
  }
  std::int64_t lost = 0;
  for (MilvusEntity& entity : entities) {
    if (!entity.vector.empty()) continue;
    auto found = vectors.find(entity.content);
    if (found == vectors.end()) {  // a copy of a picture that is there
      auto vector = collection.vector_of_content(entity.content);
      lost += vector ? 0 : 1;
      found = vectors.emplace(entity.content, vector.value_or(std::vector<float>())).first;
    }
    entity.vector = found->second;
  }
  writer.commit([&] {
    for (const auto& [content, vector] : vectors) {
      if (vector.empty())
        writer.lose_vector(content, set);
      else
        writer.set_vector(content, vector, set);
    }
  });
  std::erase_if(entities, [](const MilvusEntity& entity) { return entity.vector.empty(); });
  return lost;
}

}  // namespace

MilvusCollection& Sending::collection(const Library& library, bool create) {
  if (!collection_) collection_.emplace(open_collection(library, set_, create));
  return *collection_;
}

std::int64_t Sending::send(LibraryWriter& writer, const std::vector<UnsentRow>& rows) {
  const Library& library = writer.library();
  MilvusCollection& there = collection(library);
  std::vector<MilvusEntity> entities;
  std::vector<Row> gone;
  for (const UnsentRow& unsent : rows) {
    const auto picture = library.picture(unsent.row);
    if (!picture || picture->content == 0) {
      gone.push_back(unsent.row);
      continue;
    }
    // The migration has not come to it: then it will be sent.
    if (set_ == VectorSet::next && !library.find_content(picture->hash, set_)) continue;
    entities.push_back({unsent.row, unsent.version, picture->content, picture->source, picture->path, picture->modified,
                        picture->bytes, picture->width, picture->height, picture->tags,
                        library.vector(unsent.row, set_).value_or(std::vector<float>())});
  }
  const std::int64_t lost = fetch_back(writer, set_, there, entities);
  there.remove(gone);
  there.put(entities);
  if (!entities.empty()) last_ = {entities.back().row, entities.back().version};
  writer.commit([&] { writer.set_sent(rows, set_); });
  return lost;
}

void Sending::send_full(LibraryWriter& writer) {
  for (;;) {
    const auto rows = writer.library().unsent(kAtOnce, set_);
    if (rows.size() < kAtOnce) return;
    send(writer, rows);
  }
}

std::int64_t Sending::send_all(LibraryWriter& writer) {
  std::int64_t lost = 0;
  for (;;) {
    const auto rows = writer.library().unsent(kAtOnce, set_);
    if (rows.empty()) break;
    lost += send(writer, rows);
  }
  const auto last = std::exchange(last_, {});
  if (last && !collection_->wait_until_seen(last->row, last->version))
    throw_unavailable("{}: what was sent cannot be searched yet", writer.library().vector_server(set_)->address);
  return lost;
}

void send_changes(LibraryWriter& writer) {
  if (!writer.library().vector_server()) return;
  std::optional<WriteLock> lock;
  try {
    lock.emplace(writer.library().folder());
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::unavailable) throw;
    return;
  }
  Sending().send_all(writer);
}

void Sending::repair(LibraryWriter& writer) {
  if (!writer.library().vector_server(set_)) return;
  MilvusCollection& there = collection(writer.library(), true);
  send_all(writer);  // and what has been sent lately is seen from here on
  const std::vector<Row> here = writer.library().rows();
  const Row end = here.empty() ? 1 : here.back() + 1;
  for (Row from = 0; from < end; from += kRowsAtOnce) {
    const Row to = std::min(from + kRowsAtOnce, end);
    const std::vector<Row> found = there.rows(from, to);
    const std::vector<Row> due(std::lower_bound(here.begin(), here.end(), from),
                               std::lower_bound(here.begin(), here.end(), to));
    std::vector<Row> orphans, anew;
    std::set_difference(found.begin(), found.end(), due.begin(), due.end(), std::back_inserter(orphans));
    std::set_difference(due.begin(), due.end(), found.begin(), found.end(), std::back_inserter(anew));
    for (std::size_t i = 1; i < found.size(); ++i) {  // twice there, by two senders or one that was killed
      if (found[i] == found[i - 1] && std::binary_search(due.begin(), due.end(), found[i])) anew.push_back(found[i]);
    }
    there.remove(orphans);
    if (anew.empty()) continue;
    writer.commit([&] {
      for (const Row row : anew) writer.set_unsent(row, set_);
    });
  }
  there.remove_from(end);
  send_all(writer);
}

}  // namespace cnclip::search
