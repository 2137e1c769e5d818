#include "eval/classification/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <optional>

namespace cnclip::classification {
namespace {

constexpr std::size_t kMemory = 10;  // pairs of steps and changes of the gradient
constexpr double kDecrease = 1e-4, kCurvature = 0.9;
constexpr int kMaxTrials = 60;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void add(double scale, std::span<const double> from, std::span<double> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * from[i];
}

struct Point {
  std::vector<double> x, gradient;
  double value = 0;

  double steepness() const {
    double most = 0;
    for (const double g : gradient) most = std::max(most, std::abs(g));
    return most;
  }
};

// The last steps, as an approximation of the inverse Hessian.
class History {
 public:
  void add_step(const Point& from, const Point& to) {
    Pair pair{to.x, to.gradient, 0};
    add(-1, from.x, pair.step);
    add(-1, from.gradient, pair.change);
    pair.product = dot(pair.step, pair.change);
    if (!(pair.product > 0)) return;  // rounding has eaten the curvature
    pairs_.push_back(std::move(pair));
    if (pairs_.size() > kMemory) pairs_.pop_front();
  }
  void clear() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  std::vector<double> direction(const Point& at) const {
    std::vector<double> result(at.gradient.size());
    add(-1, at.gradient, result);
    std::vector<double> weights;
    // NOLINTNEXTLINE(modernize-loop-convert): clang 14 cannot compile std::views::reverse
    for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
      weights.push_back(dot(pair->step, result) / pair->product);
      add(-weights.back(), pair->change, result);
    }
    if (!pairs_.empty()) {
      const double scale = pairs_.back().product / dot(pairs_.back().change, pairs_.back().change);
      for (double& value : result) value *= scale;
    }
    for (const Pair& pair : pairs_) {
      add(weights.back() - dot(pair.change, result) / pair.product, pair.step, result);
      weights.pop_back();
    }
    return result;
  }

 private:
  struct Pair {
    std::vector<double> step, change;
    double product = 0;
  };
  std::deque<Pair> pairs_;
};

// A point along the direction that is lower by enough and where the slope has flattened; nothing where precision ends.
std::optional<Point> search(const Objective& objective, const Point& from, std::span<const double> direction,
                            double step) {
  const double slope = dot(from.gradient, direction);
  if (!(slope < 0)) return {};
  double low = 0, high = 0;  // high 0: not known yet
  Point next{from.x, from.gradient, 0};
  for (int trial = 0; trial < kMaxTrials; ++trial) {
    next.x = from.x;
    add(step, direction, next.x);
    next.value = objective(next.x, next.gradient);
    if (!(next.value <= from.value + kDecrease * step * slope)) {
      high = step;
    } else if (dot(next.gradient, direction) < kCurvature * slope) {
      low = step;
    } else {
      return next;
    }
    step = high > 0 ? (low + high) / 2 : 2 * low;
  }
  return {};
}

}  // namespace

Minimum minimize(const Objective& objective, std::vector<double> start, double tolerance, int max_iterations) {
  Point at{std::move(start), {}, 0};
  at.gradient.resize(at.x.size());
  at.value = objective(at.x, at.gradient);
  History history;
  int iterations = 0;
  bool converged = at.steepness() <= tolerance;
  while (!converged && iterations < max_iterations) {
    // The first step has no scale but the gradient's.
    const double step = history.empty() ? std::min(1.0, 1 / std::sqrt(dot(at.gradient, at.gradient))) : 1;
    auto next = search(objective, at, history.direction(at), step);
    if (!next) {
      converged = history.empty();
      history.clear();  // what has been learned misleads: go straight down once
      continue;
    }
    ++iterations;
    history.add_step(at, *next);
    at = std::move(*next);
    converged = at.steepness() <= tolerance;
  }
  return {std::move(at.x), at.value, iterations, converged};
}

}  // namespace cnclip::classification
