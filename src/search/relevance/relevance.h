// Cosines to relevance: how surely a picture is more than a chance match. docs/relevance.md has the reasons.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnclip::search {

// Where the bulk of one query's cosines to a sample of the library lies.
struct Background {
  double location = 0;
};

// A query that stands for those that match nothing: its cosines to the sample, and the best of all the library (but
// itself, where it is one of its pictures).
struct NullQuery {
  std::vector<float> cosines;
  double best = 0;
};

// What chance gives for one kind of query in one library. Any number of threads may use one.
class Calibration {
 public:
  // `library`: pictures in it. Without null queries, a guess that serves until there are some.
  Calibration(std::span<const NullQuery> nulls, std::int64_t library);

  // Of a query by its cosines to the sample, which may be empty.
  Background background(std::vector<float> cosines) const;
  // 0 to 1, and grows with the cosine: the probability that the best of `searched` pictures that do not match stays
  // below it. The same question asked of fewer pictures (a filter) is a smaller one.
  double relevance(double cosine, const Background& background, std::int64_t searched) const;

  // Below this, the best of all is what chance gives.
  static constexpr double kMatches = 0.5;

 private:
  double above(double cosine, const Background& background) const {
    return cosine - slope_ * (background.location - usual_.location);
  }

  Background usual_;             // of the null queries together
  double slope_ = 1;             // how much a query's best rises with its background
  double mode_ = 0, scale_ = 1;  // Gumbel, of above() of the best of a null query
  double library_ = 1;
};

}  // namespace cnclip::search
