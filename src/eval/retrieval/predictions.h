// Top-k predictions that anybody made, judged as evaluation.py and evaluation_tr.py do.
#pragma once

#include "eval/retrieval/retrieval.h"

namespace cnclip {

// Of the direction that `predictions` are of; `truth` in either one. `top` is left empty. Throws bad_input, naming line
// and value, for what the official scripts refuse: a query of the truth without predictions, a number of predictions
// other than 10, one that stands twice in a line, a string where the truth has integers. Fewer than 10 pass where they
// are all candidates there are: all that the truth and the predictions name.
Direction evaluate_predictions(const IdLists& predictions, const IdLists& truth);

}  // namespace cnclip
