#include "search/relevance/relevance.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace cnclip::search {
namespace {

// A sample counts as much as what is usual when it has this many pictures.
constexpr double kUsualWeight = 20;
// Where nothing is known: about what Chinese CLIP's features of unlike pictures are like.
constexpr double kGuessLocation = 0.5, kGuessSpread = 0.12;
// Of the distribution of the best, in spreads of the background: null queries may all have one best cosine.
constexpr double kLeastScale = 0.05;

// Sorted values, linear between them.
template <class T>
double quantile(const std::vector<T>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = at - static_cast<double>(below);
  return (1 - part) * static_cast<double>(sorted[below]) + part * static_cast<double>(sorted[above]);
}

// Read off quantiles, so that a library's true matches, a few in the upper tail, do not count as background.
struct Bulk {
  double location = 0, spread = 1;
};

Bulk bulk_of(std::vector<float> cosines) {
  constexpr double kUpper = 0.9, kLeastSpread = 1e-4;
  constexpr double kUpperOfNormal = 1.2815515655446004;  // that quantile of the standard normal distribution
  std::ranges::sort(cosines);
  const double middle = quantile(cosines, 0.5);
  return {middle, std::max(kLeastSpread, (quantile(cosines, kUpper) - middle) / kUpperOfNormal)};
}

// A null query: its background, and its best cosine.
struct Point {
  double x = 0, y = 0;
};

// Of the line of least squares, between 0 (the best has nothing to do with the background) and 1 (it moves with it).
double slope_of(const std::vector<Point>& points) {
  double x = 0, y = 0, xx = 0, xy = 0;
  for (const Point& point : points) x += point.x, y += point.y;
  x /= static_cast<double>(points.size());
  y /= static_cast<double>(points.size());
  for (const Point& point : points) {
    xx += (point.x - x) * (point.x - x);
    xy += (point.x - x) * (point.y - y);
  }
  return xx > 0 ? std::clamp(xy / xx, 0.0, 1.0) : 1;
}

// Points far above the line are queries that do match something: the line is that of the others.
double slope_of_most(std::vector<Point> points) {
  const double first = slope_of(points);
  std::ranges::sort(points, {}, [&](const Point& point) { return point.y - first * point.x; });
  points.resize((3 * points.size() + 3) / 4);
  return slope_of(points);
}

// The mode of the best of n standard normal values, and the scale of its Gumbel limit.
std::pair<double, double> best_of_normal(double n) {
  const double root = std::sqrt(2 * std::log(std::max(n, 2.0)));
  return {root - (std::log(std::log(std::max(n, 3.0))) + std::log(4 * std::numbers::pi)) / (2 * root), 1 / root};
}

}  // namespace

Calibration::Calibration(std::span<const NullQuery> nulls, std::int64_t library)
    : usual_(kGuessLocation), library_(static_cast<double>(std::max<std::int64_t>(1, library))) {
  const auto [mode, scale] = best_of_normal(library_);
  mode_ = usual_ + mode * kGuessSpread;
  scale_ = scale * kGuessSpread;
  std::vector<float> all;
  for (const NullQuery& null : nulls) all.insert(all.end(), null.cosines.begin(), null.cosines.end());
  if (all.empty()) return;
  const Bulk usual = bulk_of(std::move(all));
  usual_ = usual.location;

  std::vector<Point> points;
  for (const NullQuery& null : nulls) points.push_back({background(null.cosines), null.best});
  slope_ = slope_of_most(points);
  std::vector<double> best;
  for (const Point& point : points) best.push_back(corrected(point.y, point.x));
  std::ranges::sort(best);
  // Some null queries do match something, and lie high: the lower half tells the distribution. Quantiles of a Gumbel
  // distribution: mode - scale * log(-log p).
  const double quarter = quantile(best, 0.25), half = quantile(best, 0.5);
  scale_ = std::max(kLeastScale * usual.spread, (half - quarter) / std::numbers::ln2);
  mode_ = half + scale_ * std::log(std::numbers::ln2);
}

double Calibration::background(std::vector<float> cosines) const {
  if (cosines.empty()) return usual_;
  const auto count = static_cast<double>(cosines.size());
  const double part = count / (count + kUsualWeight);
  return part * bulk_of(std::move(cosines)).location + (1 - part) * usual_;
}

double Calibration::relevance(double cosine, double background, std::int64_t searched) const {
  // The best of n values of an exponential tail lies scale * log(n) higher than one of them.
  const double share = static_cast<double>(std::max<std::int64_t>(1, searched)) / library_;
  const double mode = mode_ + scale_ * std::log(share);
  return std::exp(-std::exp(-(corrected(cosine, background) - mode) / scale_));
}

}  // namespace cnclip::search
