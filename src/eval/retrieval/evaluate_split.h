// Retrieval on a split of a data set, by a model.
#pragma once

#include "data/dataset.h"
#include "encode/encode_inputs.h"
#include "eval/retrieval/retrieval.h"

namespace cnclip {

struct SplitSettings {
  std::string name;  // of the data set, for messages
  // `variant` does not count: texts are those of training and evaluation, in lower case and with plain quotes.
  EncodeSettings encode;
  bool skip_broken = false;
};

struct EncodedSplit {
  FeatureSet images, texts;
  IdLists truth;
  std::int64_t images_left_out = 0, texts_left_out = 0;
};

// Every picture and every caption of the split. A caption is known by its id, and may lie beside several pictures,
// which are then all right. Throws bad_input for a picture or caption that is broken, naming it, and for an id that
// stands for two. With `skip_broken`, broken ones are left out, and captions that lose all their pictures are no
// queries.
EncodedSplit encode_split(Encoder& encoder, const Dataset& dataset, const SplitSettings& settings);

// As the one of features (eval/retrieval/retrieval.h); the result says what was left out. Throws bad_input also for a
// split without pictures or captions.
RetrievalResult evaluate_retrieval(const EncodedSplit& split, const RetrievalSettings& settings);

}  // namespace cnclip
