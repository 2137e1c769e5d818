// Vectors that a server keeps and searches.
#pragma once

#include <filesystem>
#include <mutex>

#include "base/pool.h"
#include "search/milvus/collection.h"
#include "search/vectors.h"

namespace cnclip::search {

// What has been indexed and not been sent yet is not found; what has been removed is not, either. Throws unavailable
// when the server is away (see MilvusCollection), and usage for more results than it gives at once, or when the index
// has gone over to another model.
class ServerVectors final : public Vectors {
 public:
  explicit ServerVectors(const Library& library);

  VectorsFound find(const Library& library, const VectorsAsked& asked) override;
  // 4096 vectors, kept in INDEX/sample.cache where INDEX can be written: the same while the library grows, for the
  // most part.
  std::shared_ptr<const Snapshot> sample(const Library& library) override;
  std::optional<std::vector<float>> vector(const Library& library, Row row) override;
  bool improve(const Library&, std::span<const float>) override { return false; }  // that is the server's business
  SearchState state(const Library& library) override;

 private:
  void check_same(const Library& library) const;
  template <class Use>
  auto with_collection(const Library& library, const Use& use);
  std::int64_t count(const Library& library, const Filter* filter);
  std::shared_ptr<const Snapshot> draw(const Library& library, const Snapshot* known, std::size_t& fetched);

  const std::filesystem::path cache_;
  const std::string mark_;  // of the collection, and of the cache
  Pool<MilvusCollection> collections_;
  std::mutex mutex_;  // of what follows
  std::int64_t counted_version_ = -1, counted_ = 0;
  std::mutex sample_mutex_;  // of what follows
  std::int64_t sample_version_ = -1;
  std::shared_ptr<const Snapshot> sample_;
};

}  // namespace cnclip::search
