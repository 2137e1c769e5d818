// Looks through the codes of rows for what may be among the nearest.
#pragma once

#include "search/nearest/codes.h"
#include "search/nearest/nearest.h"
#include "search/nearest/shortlist.h"

namespace cnclip::search {

// For each query that is asking, its shortlist. Rows that are gone or not allowed are passed over, so that what is
// found is k rows.
void scan(const Snapshot& snapshot, const Piece& piece, std::span<const QueryCode> queries,
          std::span<const std::uint32_t> asking, const RowSet* allowed, std::span<Shortlist> shortlists);

// The k best of a shortlist by their products.
std::vector<Neighbor> settle(const Snapshot& snapshot, Shortlist& shortlist, std::span<const float> query,
                             std::size_t k);

}  // namespace cnclip::search
