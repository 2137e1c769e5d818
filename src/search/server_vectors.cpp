#include "search/server_vectors.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/random.h"
#include "search/milvus/filter_expression.h"
#include "search/milvus/library_collection.h"
#include "search/nearest/vector_cache.h"
#include "search/nearest/vector_store.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kSample = 4096;
constexpr std::size_t kFetchedAtOnce = 500;
constexpr std::int64_t kWholeBelow = 100'000;  // pictures that a server looks at one and all in a few milliseconds

// Each row has a random number of its own, so that a library that grows keeps most of its sample.
std::vector<Row> draw_rows(std::vector<Row> rows) {
  const auto before = [](Row a, Row b) {
    return Random(static_cast<std::uint64_t>(a)).next() < Random(static_cast<std::uint64_t>(b)).next();
  };
  if (rows.size() > kSample) {
    std::nth_element(rows.begin(), rows.begin() + kSample, rows.end(), before);
    rows.resize(kSample);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

void ServerVectors::check_same(const Library& library) const {
  if (collection_mark(library) != mark_) throw_gone_over(library);
}

template <class Use>
auto ServerVectors::with_collection(const Library& library, const Use& use) {
  check_same(library);
  try {
    return collections_.with([&] { return open_collection(library, VectorSet::current, false); }, use);
  } catch (const Error&) {
    // The collection may have gone with its model, after the moment at which this library is looked at.
    check_same(Library(library.folder()));
    throw;
  }
}

ServerVectors::ServerVectors(const Library& library)
    : cache_(library.folder() / "sample.cache"), mark_(collection_mark(library)) {
  with_collection(library, [](MilvusCollection&) {});  // is it there?
}

std::int64_t ServerVectors::count(const Library& library, const Filter* filter) {
  if (filter != nullptr && !filter->empty()) return std::ssize(library.rows(*filter));
  const std::int64_t version = library.version();
  const std::scoped_lock lock(mutex_);
  if (version != counted_version_) {
    counted_ = library.counts().searchable;
    counted_version_ = version;
  }
  return counted_;
}

VectorsFound ServerVectors::find(const Library& library, const VectorsAsked& asked) {
  if (asked.k > MilvusCollection::kMostHits)
    throw_usage("{} results: a server of vectors gives {} at most", asked.k, MilvusCollection::kMostHits);
  const std::string filter = asked.filter == nullptr ? "" : filter_expression(*asked.filter, library.sources());
  const auto width = static_cast<std::size_t>(library.model().width);
  VectorsFound found;
  found.searched = count(library, asked.filter);
  const bool whole = asked.exact || count(library, nullptr) < kWholeBelow;
  with_collection(library, [&](MilvusCollection& collection) {
    for (std::size_t begin = 0; begin < asked.queries.size(); begin += width) {
      Nearest nearest;
      nearest.exact = false;
      // Some that the server still has may be gone here: then more are asked for.
      for (std::int64_t most = asked.k;; most = std::min(4 * most, MilvusCollection::kMostHits)) {
        const auto hits = collection.search(asked.queries.subspan(begin, width), most, filter, whole);
        nearest.neighbors.clear();
        for (const MilvusHit& hit : hits) {
          const auto picture = library.picture(hit.row);
          if (picture && picture->content != 0) nearest.neighbors.push_back({hit.row, hit.product});
          if (std::ssize(nearest.neighbors) == asked.k) break;
        }
        const bool all = std::ssize(hits) < most || most == MilvusCollection::kMostHits;
        if (all || std::ssize(nearest.neighbors) == asked.k) break;
      }
      found.nearest.push_back(std::move(nearest));
    }
  });
  return found;
}

std::optional<std::vector<float>> ServerVectors::vector(const Library& library, Row row) {
  if (auto here = library.vector(row)) return here;
  return with_collection(library, [&](MilvusCollection& collection) -> std::optional<std::vector<float>> {
    auto found = collection.vectors_of_rows(std::span(&row, 1), "row");
    if (found.empty()) return {};
    return std::move(found.front().second);
  });
}

SearchState ServerVectors::state(const Library& library) {
  SearchState state;
  state.vectors = count(library, nullptr);
  state.server = library.vector_server()->address;
  return state;
}

std::shared_ptr<const Snapshot> ServerVectors::draw(const Library& library, const Snapshot* known,
                                                    std::size_t& fetched) {
  check_same(library);  // vectors of two widths do not go together
  std::unordered_map<Row, std::span<const float>> have;
  if (known != nullptr) {
    for (const RowBlock& block : known->blocks) {
      for (std::size_t i = 0; i < block.count; ++i) {
        if (block.holds(i)) have.emplace(block.rows[i], known->vector(block, i));
      }
    }
  }
  VectorStore store(library.model().width);
  std::vector<Row> missing;
  for (const Row row : draw_rows(library.rows())) {
    if (const auto found = have.find(row); found != have.end())
      store.set(row, found->second);
    else
      missing.push_back(row);
  }
  with_collection(library, [&](MilvusCollection& collection) {
    for (std::size_t at = 0; at < missing.size(); at += kFetchedAtOnce) {
      const auto rows = std::span(missing).subspan(at, std::min(kFetchedAtOnce, missing.size() - at));
      for (const auto& [row, vector] : collection.vectors_of_rows(rows, "row")) {
        store.set(row, vector);
        ++fetched;
      }
    }
  });
  store.publish();
  return store.snapshot();
}

std::shared_ptr<const Snapshot> ServerVectors::sample(const Library& library) {
  const std::int64_t version = library.version();
  const std::scoped_lock lock(sample_mutex_);
  if (sample_ != nullptr && version <= sample_version_) return sample_;
  if (sample_ == nullptr) {
    if (auto cached = open_vector_cache(cache_, mark_, library.model().width); cached) {
      sample_ = std::make_shared<const Snapshot>(std::move(cached->snapshot));
      if (cached->origin.version == version) {
        sample_version_ = version;
        return sample_;
      }
    }
  }
  std::size_t fetched = 0;
  sample_ = draw(library, sample_.get(), fetched);
  sample_version_ = version;
  if (fetched > 0) {
    try {
      write_vector_cache(cache_, *sample_, {mark_, version}, {});
    } catch (const Error&) {  // an index on a disk that is read-only
    }
  }
  return sample_;
}

}  // namespace cnclip::search
