// Every fault of a data set, by reading all of it.
#pragma once

#include "data/dataset.h"

namespace cnclip {

struct VerifyReport {
  std::uint64_t images = 0, texts = 0, pairs = 0, faults = 0;
  std::uint64_t undecodable = 0;  // among the faults
  std::uint64_t images_without_texts = 0, texts_without_images = 0;
};

// Tells `fault` of broken records, images that do not decode, ids used twice, captions whose images are not there, and
// containers whose counts, check sums or indexes do not fit. Decodes on all cores.
VerifyReport verify_dataset(const Dataset& dataset, const FaultSink& fault);

}  // namespace cnclip
