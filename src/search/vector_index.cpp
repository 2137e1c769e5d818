#include "search/vector_index.h"

#include <algorithm>

#include "base/error.h"
#include "search/nearest/sample.h"
#include "search/nearest/vector_cache.h"
#include "search/vectors.h"

namespace cnclip::search {
namespace {

std::string name_of_vectors(const ModelStamp& model) {
  return fmt::format("{} {} {} {} {} {} {}", model.fingerprint, model.precision, model.width, model.transform,
                     model.image_size, model.fast_decode, model.oriented);
}

}  // namespace

VectorIndex::VectorIndex(const Library& library)
    : cache_(library.folder() / "vectors.cache"), library_(name_of_vectors(library.model())) {
  const Library::Snapshot one(library);
  const std::int64_t width = library.model().width;
  auto cached = open_vector_cache(cache_, library_, width);
  if (cached && cached->origin.version <= library.version()) {
    store_ = std::make_unique<VectorStore>(std::move(cached->snapshot));
    version_ = cached->origin.version;
    cached_ = store_->snapshot()->count;
    catch_up(library);
    if (is_of(library, *store_->snapshot())) return;
  }
  store_ = std::make_unique<VectorStore>(width);
  version_ = cached_ = changes_ = 0;
  catch_up(library);
}

// Another library may have stood in the same folder, with the same model.
bool VectorIndex::is_of(const Library& library, const Snapshot& snapshot) const {
  constexpr std::size_t kChecked = 64;
  if (std::ssize(library.rows()) != snapshot.count) return false;
  const VectorSample sample = sample_vectors(snapshot, kChecked);
  const auto width = static_cast<std::size_t>(snapshot.width);
  for (std::size_t i = 0; i < sample.rows.size(); ++i) {
    const auto vector = library.vector(sample.rows[i]);
    if (!vector || !std::ranges::equal(*vector, std::span(sample.vectors).subspan(i * width, width))) return false;
  }
  return true;
}

void VectorIndex::catch_up(const Library& library) {
  const auto now = library.changes_since(version_, {[&] {
                                                      store_->clear();
                                                      cached_ = changes_ = 0;
                                                    },
                                                    [&](Row row) {
                                                      store_->remove(row);
                                                      ++changes_;
                                                    },
                                                    [&](Row row, std::span<const float> vector) {
                                                      store_->set(row, vector);
                                                      ++changes_;
                                                    }});
  version_ = now;
  store_->publish();
}

std::shared_ptr<const Snapshot> VectorIndex::follow(const Library& library) {
  const std::int64_t version = library.version();
  const std::scoped_lock lock(mutex_);
  if (version > version_) {
    if (name_of_vectors(library.model()) != library_) throw_gone_over(library);
    catch_up(library);
  }
  return store_->snapshot();
}

bool VectorIndex::fresh() const {
  const std::int64_t count = store_->snapshot()->count;
  return cached_ == 0 ? count < kCacheFrom : changes_ <= std::max(kCacheFrom, count / 10);
}

bool VectorIndex::cache_is_fresh() const {
  const std::scoped_lock lock(mutex_);
  return fresh();
}

bool VectorIndex::improve(const Library& library, std::span<const float> queries, int threads) {
  std::shared_ptr<const Snapshot> snapshot;
  std::int64_t version = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (fresh()) return false;
    snapshot = store_->snapshot();
    version = version_;
  }
  write_vector_cache(cache_, *snapshot, {library_, version}, {0, 0.99, queries, threads});
  auto cached = open_vector_cache(cache_, library_, snapshot->width);
  if (!cached) throw_bad_input("{}: cannot be read back", cache_.string());
  auto store = std::make_unique<VectorStore>(std::move(cached->snapshot));

  const std::scoped_lock lock(mutex_);
  std::swap(store_, store);
  version_ = version;
  cached_ = snapshot->count;
  changes_ = 0;
  catch_up(library);
  return true;
}

}  // namespace cnclip::search
