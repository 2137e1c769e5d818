// The options of the commands that calibrate.
#pragma once

#include "checkpoint/load.h"
#include "cli/commands.h"
#include "encode/engines.h"
#include "quantize/calibration/calibrate.h"
#include "quantize/calibration/samples.h"
#include "quantize/quantization.h"

namespace cnclip {

struct CalibrationChoice {
  std::string data, split, images, texts;
  std::int64_t samples = 128;
  double target = 0.99;
  int threads = 0;

  void add_to(CLI::App& command);
  bool given() const { return !data.empty() || !images.empty() || !texts.empty(); }
  CalibrationSamples draw(const Checkpoint& checkpoint) const;
};

struct CalibrationResult {
  Quantization quantization;
  Sensitivity image, text;
  CalibrationSamples samples;
};

// Prints what it is at on standard error.
CalibrationResult calibrate_model(const Checkpoint& checkpoint, Engine& engine, const CalibrationChoice& choice);

}  // namespace cnclip
