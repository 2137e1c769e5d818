// Searches an index: queries in, pictures with their relevance out.
//
// A Searcher holds all vectors of the index in memory (or mapped from its cache, INDEX/vectors.cache), or asks the
// server that keeps them, and follows the library as it changes. Any number of threads may search while one thread runs
// improve() and other processes index.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "search/query.h"
#include "search/query_encoder.h"
#include "search/search_state.h"

namespace cnclip::search {

struct SearcherOptions {
  int threads = 0;  // 0: all cores
};

class Searcher {
 public:
  // Opens the index. Throws bad_input for an index that cannot be read, and usage naming both models where the
  // encoder's fingerprint is not that of the index. A cache that is damaged, of another index or too old is not used.
  Searcher(const std::filesystem::path& index, std::shared_ptr<QueryEncoder> encoder, SearcherOptions options = {});
  ~Searcher();
  Searcher(const Searcher&) = delete;
  Searcher& operator=(const Searcher&) = delete;

  // Answers from what is committed at the time of the call. Throws usage for a query without a part that is wanted, an
  // empty text, parts that cancel out, a k below 1 or above 100,000 and a row that is not in the index; bad_input for a
  // text that is not UTF-8; unavailable when the index has gone over to another model (open it again).
  Answer search(const Query& query);
  // Together, which costs less than one by one.
  std::vector<Answer> search(std::span<const Query> queries);

  // Where no server keeps the vectors: writes the cache where it is missing, damaged or behind the library by a tenth
  // and by 5,000 pictures (smaller libraries have none);
  // from 200,000 vectors on it also makes the partition and measures its recall, which takes minutes for a million.
  // Searches go on meanwhile. False: there was nothing to do. Throws bad_input when the cache cannot be written.
  bool improve();

  SearchState state();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnclip::search
