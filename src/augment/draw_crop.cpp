#include <algorithm>
#include <cmath>

#include "augment/draw.h"

namespace cnclip {
namespace {

constexpr double kMinScale = 0.9, kMaxScale = 1.0;
constexpr double kMinRatio = 3.0 / 4.0, kMaxRatio = 4.0 / 3.0;
constexpr int kAttempts = 10;

double uniform(Random& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

// Python's int(round(value)): halves go to the even side.
int rounded(double value) {
  return static_cast<int>(std::nearbyint(value));
}

// 0 to `most`, both included.
int draw_place(Random& random, int most) {
  return static_cast<int>(random.uniform() * (most + 1));
}

// As much as the ratio allows, from the middle.
CropBox central_crop(int width, int height) {
  CropBox crop{0, 0, width, height};
  const double ratio = static_cast<double>(width) / height;
  if (ratio < kMinRatio) crop.height = rounded(width / kMinRatio);
  if (ratio > kMaxRatio) crop.width = rounded(height * kMaxRatio);
  crop.left = (width - crop.width) / 2;
  crop.top = (height - crop.height) / 2;
  return crop;
}

}  // namespace

CropBox draw_crop(Random& random, int width, int height) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const double area = uniform(random, kMinScale, kMaxScale) * (static_cast<double>(width) * height);
    const double ratio = std::exp(uniform(random, std::log(kMinRatio), std::log(kMaxRatio)));
    CropBox crop{0, 0, rounded(std::sqrt(area * ratio)), rounded(std::sqrt(area / ratio))};
    if (crop.width > width || crop.height > height || crop.width == 0 || crop.height == 0) continue;
    crop.top = draw_place(random, height - crop.height);
    crop.left = draw_place(random, width - crop.width);
    return crop;
  }
  return central_crop(width, height);
}

}  // namespace cnclip
