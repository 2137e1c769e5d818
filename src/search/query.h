// What is asked of an index, and what it answers.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cnclip/encoder.h"
#include "search/library/picture.h"

namespace cnclip::search {

// One part of what is looked for: a text, a picture, or a picture of the index itself (a Row).
struct QueryPart {
  std::variant<std::string, Image, Row> what;
  double weight = 1;  // below 0: less of this
};

struct Query {
  std::vector<QueryPart> parts;  // one that is wanted at least
  std::int64_t k = 20;
  Filter filter;
  bool exact = false;  // look at every vector, however many there are
};

struct Hit {
  Picture picture;
  std::string location;  // where its file is
  float cosine = 0;      // with all of the query, weights applied
  double relevance = 0;  // 0 to 1, see docs/relevance.md
};

struct Answer {
  std::vector<Hit> hits;         // best first: k, or all there are that pass the filter
  bool nothing_matches = false;  // the best is no better than chance would have it in a library of this size
  bool exact = false;            // every vector that passes the filter was looked at
  std::int64_t searched = 0;     // pictures that pass the filter
  std::vector<bool> truncated;   // for each part: a text too long for the model, its end was not used
};

}  // namespace cnclip::search
