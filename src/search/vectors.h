// Where the vectors of an index are searched: in the memory of this process, or by a server.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "search/library/library.h"
#include "search/nearest/nearest.h"
#include "search/search_state.h"

namespace cnclip::search {

struct VectorsAsked {
  std::span<const float> queries;  // unit vectors of the model's width, one after another
  std::int64_t k = 10;
  const Filter* filter = nullptr;  // of all the queries
  bool exact = false;
};

struct VectorsFound {
  std::vector<Nearest> nearest;  // of each query
  std::int64_t searched = 0;     // pictures that pass the filter
};

// Any number of threads, each with a Library of its own, of the same index: answers are of that library as it is now,
// or later where another thread's has seen more.
class Vectors {
 public:
  virtual ~Vectors() = default;

  virtual VectorsFound find(const Library& library, const VectorsAsked& asked) = 0;
  // All vectors, or some drawn at random: to learn from what pictures of this library are like.
  virtual std::shared_ptr<const Snapshot> sample(const Library& library) = 0;
  virtual std::optional<std::vector<float>> vector(const Library& library, Row row) = 0;
  // See Searcher::improve(); `queries`: some that are like those to come.
  virtual bool improve(const Library& library, std::span<const float> queries) = 0;
  virtual SearchState state(const Library& library) = 0;
};

// Throws usage: the index has gone over to another model since it was opened.
[[noreturn]] void throw_gone_over(const Library& library);

// Those of that library: ServerVectors where a server keeps them, else MemoryVectors.
std::unique_ptr<Vectors> open_vectors(const Library& library, int threads);

}  // namespace cnclip::search
