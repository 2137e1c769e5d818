// Machines that a recipe may be planned for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "recipe/recipe.h"

namespace cnclip {

// One of its devices, and what joins them.
struct Machine {
  std::string name;
  double flops_f32 = 0, flops_bf16 = 0, flops_f16 = 0;  // peak, dense, a second; 0: not by hardware, f32 is taken
  double memory = 0;                                    // bytes
  double link = 0;                                      // bytes a second that one device sends while all do
  double utilisation = 0;                               // share of the peak that training reaches
  double reserved = 0;                                  // bytes that the runtime takes
  int devices = 1;

  double flops(TrainingPrecision precision) const;
};

const std::vector<Machine>& machines();

// The one that this runs on, for questions of memory: `ranks` processes here share it, `devices` train together. Rates
// are 1.
Machine this_machine(int ranks, int devices);

// A name of machines(), or "devices=8,flops=312e12,memory=80e9,link=25e9[,utilisation=0.2]" with any machine's name in
// front or not: "A100-80G,devices=64". `flops` holds for every precision. Throws usage for what is neither.
Machine machine_from(const std::string& text);

}  // namespace cnclip
