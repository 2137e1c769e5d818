// The published tables, measured: what data sets are there, for the models named.
#pragma once

#include <functional>

#include "cnclip/encoder.h"
#include "eval/report/result.h"

namespace cnclip {

struct ReportSettings {
  std::vector<std::string> models;  // checkpoints, or names in the model store
  // Its folders are data sets: official retrieval data (MUGE, Flickr30k-CN, COCO-CN, or any with a split "test"), and
  // class folders under the names of the ELEVATER sets, or any.
  std::filesystem::path data;
  std::string prompts = "official";  // as classification::prompts_for() has it
  bool fine_tuned = false;           // the published figures are those of models tuned on the data set
  bool skip_broken = false;
  EncoderOptions encoder;
  std::function<void(const std::string& line)> note;  // what is being done
};

// One data set by one model after another. `known`: results of an earlier run; those of the same weights, settings,
// protocol and content are taken as they are. `done` is called after each that was measured, with all of this run so
// far. Throws bad_input where there is nothing to evaluate, and for what cannot be evaluated.
std::vector<BenchmarkResult> run_report(const ReportSettings& settings, const std::vector<BenchmarkResult>& known,
                                        const std::function<void(const std::vector<BenchmarkResult>&)>& done);

}  // namespace cnclip
