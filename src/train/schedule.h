// The learning rate over the steps.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace cnclip {

// Steps count from 0. A straight rise over `warmup` steps, then half a cosine down to zero at `total`
// (official: cn_clip/training/scheduler.py, cosine_lr).
inline double learning_rate(double base, std::int64_t step, std::int64_t warmup, std::int64_t total) {
  if (step < warmup) return base * static_cast<double>(step + 1) / static_cast<double>(warmup);
  const double done = static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
  return 0.5 * base * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace cnclip
