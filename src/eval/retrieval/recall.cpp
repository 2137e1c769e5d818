#include "eval/retrieval/recall.h"

#include <algorithm>

#include "base/error.h"

namespace cnclip {

RecallScores recall_scores(std::span<const std::int32_t> first_hits) {
  if (first_hits.empty()) throw_bad_input("recall: no queries");
  const auto share = [&](std::int32_t k) {
    const auto hits =
        std::count_if(first_hits.begin(), first_hits.end(), [k](std::int32_t rank) { return rank >= 1 && rank <= k; });
    return static_cast<double>(hits) / static_cast<double>(first_hits.size());
  };
  const double r1 = share(1), r5 = share(5), r10 = share(10);
  return {r1 * 100, r5 * 100, r10 * 100, (r1 + r5 + r10) / 3 * 100};
}

}  // namespace cnclip
