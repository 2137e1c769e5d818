// Lists of vectors that are near one another: looking into a few finds most of what is near.
#pragma once

#include "search/nearest/codes.h"
#include "search/nearest/nearest.h"

namespace cnclip::search {

// The `count` centres that have the largest products with the query, best first.
std::vector<std::uint32_t> nearest_lists(const RowBlock& centres, const QueryCode& query, std::size_t count);

// Rows of `width` values with their codes, in one block.
RowBlock centre_block(std::vector<float> values, std::int64_t width);

// As many centres, of unit length, by spherical k-means on a sample of the snapshot; the same for equal snapshots.
RowBlock train_centres(const Snapshot& snapshot, std::size_t lists, int threads);

// The list of each vector, block by block; of those that are gone too.
using ListsOfRows = std::vector<std::vector<std::uint32_t>>;
ListsOfRows assign_lists(const Snapshot& snapshot, const RowBlock& centres, int threads);

// The fewest lists that give the recall asked with a standard error to spare, on a sample of the snapshot's vectors
// (without each itself) and on `queries`: texts lie elsewhere than pictures.
ListEffort measure_effort(const Snapshot& snapshot, const RowBlock& centres, const ListsOfRows& lists,
                          std::span<const float> queries, double recall, int threads);

}  // namespace cnclip::search
