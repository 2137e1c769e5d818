// Vectors in the memory of this process.
#pragma once

#include "search/vector_index.h"
#include "search/vectors.h"

namespace cnclip::search {

class MemoryVectors final : public Vectors {
 public:
  MemoryVectors(const Library& library, int threads) : index_(library), threads_(threads) {}

  VectorsFound find(const Library& library, const VectorsAsked& asked) override;
  std::shared_ptr<const Snapshot> sample(const Library& library) override { return index_.follow(library); }
  std::optional<std::vector<float>> vector(const Library& library, Row row) override { return library.vector(row); }
  bool improve(const Library& library, std::span<const float> queries) override;
  SearchState state(const Library& library) override;

 private:
  VectorIndex index_;
  const int threads_;
};

}  // namespace cnclip::search
