// What a recipe will take on a machine, before money is spent. An estimate; its assumptions stand in docs/scaling.md.
#pragma once

#include <string>
#include <vector>

#include "recipe/machine.h"
#include "recipe/recipe.h"

namespace cnclip {

struct StagePlan {
  std::string name;
  std::int64_t steps = 0, pairs = 0;     // pairs seen, over all epochs
  std::int64_t trained = 0, frozen = 0;  // parameters
  double forward = 0, backward = 0,
         again = 0;  // floating-point operations of one pair; `again`: forward passes repeated
  // Bytes on each device.
  double weights = 0, gradients = 0, optimizer = 0, activations = 0, inputs = 0, loss = 0;
  double cache = 0;                              // bytes on disk, on all machines together
  double features_sent = 0, gradients_sent = 0;  // bytes that a device sends in a step
  double compute_seconds = 0, link_seconds = 0;  // of a step; they are taken not to overlap
  std::vector<std::string> warnings;

  double operations() const { return forward + backward + again; }
  double memory(const Machine& machine) const {
    return machine.reserved + weights + gradients + optimizer + activations + inputs + loss;
  }
  double hours() const { return static_cast<double>(steps) * (compute_seconds + link_seconds) / 3600; }
  double pairs_per_second() const { return static_cast<double>(pairs) / (hours() * 3600); }
};

struct Plan {
  Machine machine;
  std::vector<StagePlan> stages;
};

// Throws bad_input where a stage counts epochs and data.pairs is not given, or where the batch does not divide by the
// devices. Needs no data and no weights.
Plan plan_training(const Recipe& recipe, const Machine& machine);

std::string to_text(const Plan& plan);
std::string to_json(const Plan& plan);

}  // namespace cnclip
