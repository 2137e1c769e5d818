// The ids of Pair: numbers that are the same in every form of a data set, on every machine and in every run.
#pragma once

#include "data/formats/fingerprint.h"

namespace cnclip {

// 63 bits of a SHA-256, never negative: of the official image id as it is written; of the caption itself for the text,
// because forms of data sets without text ids number equal captions differently.
inline std::int64_t pair_id(std::string_view of) {
  return static_cast<std::int64_t>(fingerprint(of).high >> 1);
}

}  // namespace cnclip
