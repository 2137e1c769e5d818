// A classification, looked at: where it fails, and which classes it takes for each other.
#pragma once

#include <string>

#include "eval/classification/zero_shot.h"

namespace cnclip::classification {

struct PageHeader {
  std::string dataset, model;
  std::vector<std::string> notes;  // protocol, figures: a line each
};

// HTML that stands alone: confidence of right and of wrong predictions, the worst failures as pictures, the confusion
// matrix (of up to 60 classes), the most frequent confusions and the classes that are found least. Pictures are read
// from the folder.
std::string classification_page(const PageHeader& header, const ClassFolder& folder, const ZeroShotResult& result);

}  // namespace cnclip::classification
