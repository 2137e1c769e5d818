// The factor that keeps gradients of half precision from vanishing: torch.amp.GradScaler with its defaults.
#pragma once

#include <cstdint>

namespace cnclip {

inline constexpr double kFirstLossScale = 65536;

// After a step: half as much when something overflowed, twice as much after 2,000 steps without.
inline void update_loss_scale(double& scale, std::int64_t& good_steps, bool finite) {
  constexpr std::int64_t kGrowAfter = 2000;
  good_steps = finite ? good_steps + 1 : 0;
  if (!finite) scale /= 2;
  if (good_steps == kGrowAfter) {
    scale *= 2;
    good_steps = 0;
  }
}

}  // namespace cnclip
