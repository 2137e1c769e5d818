#pragma once
#include "metrics/record.h"
namespace cnclip {
class ProgressMeter {
 public:
  void add(const TrainRecord&) {}
};
}  // namespace cnclip
