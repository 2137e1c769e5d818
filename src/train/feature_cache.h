// Features of pictures that are computed once and kept on disk: of a locked image tower, or a teacher's.
//
// <folder>/view-V/CHUNK.safetensors holds 65,536 pairs of the data set each:
//   image_ids (pairs) i64   of each pair, to know the data set by
//   rows      (pairs) i32   the pair's row in `features`; -1: its picture is damaged
//   features  (rows, width) f32; pairs of one picture share a row
// Chunks do not depend on who computed them: any number of ranks, a run that was killed and goes on, a later run of
// another name.
#pragma once

#include <filesystem>
#include <functional>

#include "base/tensor.h"
#include "engine/engine.h"
#include "loader/loader.h"
#include "train/world.h"

namespace cnclip {

struct FeatureCacheOptions {
  int image_size = 224;
  std::int64_t width = 0;  // of a row
  bool augment = false;    // the training transform; otherwise the evaluation transform, and one view
  std::uint64_t seed = 0;  // of the views
  std::int64_t views = 1;  // of each picture; epoch after epoch they take turns
  int threads = 1;         // that decode
  std::size_t chunk_pairs = 65'536;
};

class FeatureCache {
 public:
  // `folder` must be of this tower, data set and transform alone: put their fingerprint into its name.
  FeatureCache(std::filesystem::path folder, std::shared_ptr<const PairStore> pairs, FeatureCacheOptions options);

  using Encode = std::function<at::Tensor(const Batch& pictures)>;  // (count, width) f32
  using Tell = std::function<void(std::size_t done, std::size_t of)>;
  // Computes the chunks that are not there, the ranks by turns, and opens all. Throws bad_input, naming the file, for a
  // full disk, a chunk that is broken, and one of another data set.
  void build(World& world, const Encode& encode, const Tell& tell);

  // (count, width), on the CPU, of the view that the batch's epoch takes. Throws bad_input where a pair's picture is
  // not the one that the cache knows.
  at::Tensor features(const TrainBatch& batch) const;

  // The data set, but get() throws bad_input for pairs of damaged pictures, so that a loader leaves them out.
  std::shared_ptr<const PairStore> usable_pairs() const;

 private:
  struct Chunk {
    Tensor image_ids, rows, features;
  };
  std::filesystem::path file(std::int64_t view, std::size_t chunk) const;
  std::size_t chunks() const;
  void compute(std::int64_t view, std::size_t chunk, const Encode& encode) const;
  Chunk open(std::int64_t view, std::size_t chunk) const;

  std::filesystem::path folder_;
  std::shared_ptr<const PairStore> pairs_;
  FeatureCacheOptions options_;
  std::vector<std::vector<Chunk>> views_;
};

}  // namespace cnclip
