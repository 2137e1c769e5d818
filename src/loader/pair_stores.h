// The stores that open_pairs chooses from; its contract is theirs.
#pragma once

#include "data/formats/manifest.h"
#include "loader/open_pairs.h"

namespace cnclip {

// 16 bytes a sample. Opening reads the indexes and the JSON of every sample, no pictures.
std::shared_ptr<const PairStore> open_shard_pairs(const std::filesystem::path& folder, const Manifest& manifest);
// No memory of its own: pair i is record i of `pairs`.
std::shared_ptr<const PairStore> open_lmdb_pairs(const std::filesystem::path& folder);
// 16 bytes an image and 16 a pair. Opening reads both files once: for small sets.
std::shared_ptr<const PairStore> open_official_pairs(const std::filesystem::path& images,
                                                     const std::filesystem::path& texts);

}  // namespace cnclip
