#include "search/memory_vectors.h"

namespace cnclip::search {

VectorsFound MemoryVectors::find(const Library& library, const VectorsAsked& asked) {
  const auto snapshot = index_.follow(library);
  NearestSettings settings;
  settings.k = asked.k;
  settings.exact = asked.exact;
  settings.threads = threads_;
  std::optional<RowSet> allowed;
  if (asked.filter != nullptr && !asked.filter->empty()) {
    allowed.emplace(library.rows(*asked.filter));
    settings.allowed = &*allowed;
  }
  return {nearest(*snapshot, asked.queries, settings),
          allowed ? static_cast<std::int64_t>(allowed->size()) : snapshot->count};
}

bool MemoryVectors::improve(const Library& library, std::span<const float> queries) {
  index_.follow(library);
  return index_.improve(library, queries, threads_);
}

SearchState MemoryVectors::state(const Library& library) {
  const auto snapshot = index_.follow(library);
  SearchState state;
  state.vectors = snapshot->count;
  state.cache_is_fresh = index_.cache_is_fresh();
  state.measured_recall = 1;
  if (const auto& partition = snapshot->partition) {
    state.lists = static_cast<std::int64_t>(partition->lists());
    state.probed = partition->effort.probes_10;
    state.measured_recall = partition->effort.recall_10;
  }
  return state;
}

}  // namespace cnclip::search
