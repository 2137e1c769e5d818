// The official figures of retrieval.
#pragma once

#include <cstdint>
#include <span>

namespace cnclip {

// Percent, not rounded, computed step by step as evaluation.py does it. R@k: the share of queries with at least one
// right answer among the first k.
struct RecallScores {
  double r1 = 0, r5 = 0, r10 = 0;
  double mean = 0;  // of the three
};

// `first_hits`: the rank of the first right answer of each query, from 1; 0: none was found. Throws bad_input for no
// queries.
RecallScores recall_scores(std::span<const std::int32_t> first_hits);

}  // namespace cnclip
