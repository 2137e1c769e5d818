// L-BFGS (Nocedal and Wright, algorithm 7.5) for smooth convex functions, with a line search for the weak Wolfe
// conditions by bisection (Lewis and Overton). The same function and start give the same steps.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace cnclip::classification {

// The value at x; fills in the gradient, which is as long as x.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct Minimum {
  std::vector<double> x;
  double value = 0;
  int iterations = 0;
  bool converged = false;  // no entry of the gradient above the tolerance, or no lower value in double precision
};

Minimum minimize(const Objective& objective, std::vector<double> start, double tolerance, int max_iterations);

}  // namespace cnclip::classification
