// The pairs of a data set on disk, by number.
#pragma once

#include <filesystem>
#include <memory>

#include "loader/pairs.h"

namespace cnclip {

// `source` is one of
//   a folder of cnclip's own tar shards (manifest.json), whose split must be `split` where that is given
//   an official LMDB split (imgs/ and pairs/), or a folder above it: <split>/ or lmdb/<split>/
//   a folder with <split>_imgs.tsv and <split>_texts.jsonl (official)
// Other data sets are converted to shards first (`cnclip data convert`). No store holds pictures or captions in memory.
//
// image_id and text_id are pair_id() of the official image id and of the caption: equal pictures and equal captions get
// equal ids, also across the forms. A pair whose record is broken, or whose image is not there, counts as one; get()
// throws for it.
//
// Throws bad_input for containers that are missing, broken or not of the size that their manifest says, and for a split
// without pairs.
std::shared_ptr<const PairStore> open_pairs(const std::filesystem::path& source, const std::string& split);

}  // namespace cnclip
