// The second pass: from the facts of every row to whether it stays. It runs in row order in one thread, so that the
// result depends on the rows and the rules alone.
#pragma once

#include "clean/pictures.h"

namespace cnclip::clean {

struct RowFacts {
  std::uint64_t caption = 0;        // hash of the trimmed caption
  std::uint64_t picture = 0;        // hash of the url or id of its picture; of nothing where it has none
  std::uint32_t verdict = kPasses;  // of the rules that look at one caption alone
  std::uint32_t unused = 0;
};

// A byte a row: the number of the rule that drops it, or kPasses. `pictures` is null for rows without pictures.
// `repeated` counts the rows that the rules before it leave; of equal rows, `duplicate` leaves the first.
std::vector<std::uint8_t> decide(const FactStore<RowFacts>& store, const Rules& rules, const Pictures* pictures,
                                 const EvaluationSets& sets);

}  // namespace cnclip::clean
