// Captions and pictures that must not be trained on.
#pragma once

#include "clean/rules.h"
#include "clean/tally.h"
#include "image/near_index.h"

namespace cnclip::clean {

struct EvaluationSets {
  Tally captions;  // hashes of their trimmed texts
  Tally pictures;  // hashes of their bytes
  NearIndex looks;
};

// .jsonl, .csv and .txt are captions (see open_rows), everything else pictures (see open_images). Throws bad_input for
// a set that cannot be read; single pictures that cannot be decoded are matched by their bytes alone.
EvaluationSets read_evaluation_sets(const Leakage& leakage, int workers);

}  // namespace cnclip::clean
