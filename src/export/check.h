// An exported tower, loaded back by somebody else's importer and compared with our engine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/onnx_importer.h"
#include "export/onnx.h"

namespace cnclip {

struct CheckInputs {
  std::vector<std::uint8_t> pixels;              // (count, 3, S, S)
  std::vector<std::vector<std::int32_t>> texts;  // their tokens
  std::string source;                            // for people: where they come from
};

// Drawn pictures, and sentences of one word to more than the context length.
CheckInputs drawn_check_inputs(int image_size, int context_length);

// Who computes: ours in f32.
struct Checkers {
  Engine& ours;
  OnnxImporter& theirs;
};

struct CheckResult {
  std::string runtime;
  std::string inputs;
  std::int64_t rows = 0;
  double least_cosine = 1;
  double largest_difference = 0;  // between any two features
  bool in_types_of_file = false;  // what the runtime multiplied in; else in f32
};

struct Normalization {
  std::array<float, 3> mean{}, std{};
};

// Runs all inputs as one batch and, alone and unpadded, one by one (pictures: the first). `normalization` is what a
// model without byte pixels expects of its user. Throws when cosine or length of any row is further off than the type
// of the weights explains: bad_input for f16, which some weights do not bear, else internal.
CheckResult check_tower(const OnnxModel& model, const OnnxOptions& options, const Graph& graph,
                        const TensorMap& weights, const Normalization& normalization, const CheckInputs& inputs,
                        const Checkers& checkers);

}  // namespace cnclip
