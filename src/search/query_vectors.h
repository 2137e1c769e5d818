// Vectors of queries: what is wanted added up, what is not taken away.
#pragma once

#include <span>
#include <vector>

#include "search/query.h"

namespace cnclip::search {

// A part with its vector.
struct PartVector {
  std::span<const float> vector;
  double weight = 1;
  bool picture = false;
};

// Where texts and pictures lie on the average. Of a part that is not wanted, only what sets it apart from its kind is
// taken away: all texts share a direction, and without it a query would leave the place where queries lie.
struct Means {
  std::vector<float> text, picture;
};

// Of unit length; empty where the parts cancel out.
std::vector<float> combine(std::span<const PartVector> parts, const Means& means);

std::vector<float> mean_of(std::span<const float> rows, std::size_t width);

}  // namespace cnclip::search
