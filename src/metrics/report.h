// A page that compares training runs.
#pragma once

#include <string>
#include <vector>

#include "metrics/training_run.h"

namespace cnclip {

// HTML that stands alone: a table of what the runs came to, curves over the steps, and where the recipes differ.
// Throws usage for more runs than there are colours (kChartRuns).
std::string report_html(const std::vector<TrainingRun>& runs);

}  // namespace cnclip
