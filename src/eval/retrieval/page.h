// A retrieval, looked at: how scores of right and wrong answers lie, and where it fails.
#pragma once

#include <string>
#include <vector>

#include "data/dataset.h"
#include "eval/retrieval/retrieval.h"

namespace cnclip {

struct RetrievalPageHeader {
  std::string dataset, model;
  std::vector<std::string> notes;  // protocol, figures: a line each
};

// HTML that stands alone: of both directions, the scores of the best right and of the best wrong answers, and the
// queries that fail worst with what they found, as pictures and captions. `images` and `texts` are the features that
// `result` was made from; pictures and captions are read from the data set again.
std::string retrieval_page(const RetrievalPageHeader& header, const RetrievalResult& result, const FeatureSet& images,
                           const FeatureSet& texts, const Dataset& dataset);

}  // namespace cnclip
