// Retrieval on a split of a data set, by a model.
#pragma once

#include "data/dataset.h"
#include "encode/encode_inputs.h"
#include "eval/retrieval/retrieval.h"

namespace cnclip {

struct SplitSettings {
  std::string name;  // of the data set, for messages
  RetrievalSettings retrieval;
  // `variant` does not count: texts are those of training and evaluation, in lower case and with plain quotes.
  EncodeSettings encode;
  bool skip_broken = false;
};

// Every picture and every caption of the split. A caption is known by its id, and may lie beside several pictures,
// which are then all right. Throws bad_input for a split without pictures or captions, for a picture or caption that is
// broken, naming it, and for an id that stands for two. With `skip_broken`, broken ones are left out, and captions that
// lose all their pictures are no queries; the result says how many.
RetrievalResult evaluate_retrieval(Encoder& encoder, const Dataset& dataset, const SplitSettings& settings);

}  // namespace cnclip
