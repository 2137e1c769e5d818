// Cosines to relevance: how surely a picture is more than a chance match. docs/relevance.md has the reasons.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnclip::search {

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

  // Where the bulk of a query's cosines lies, by those to a sample of the library, which may be empty.
  double background(std::vector<float> cosines) const;
  // 0 to 1, and grows with the cosine: the probability that the best of `searched` pictures that do not match stays
  // below it. The same question asked of fewer pictures (a filter) is a smaller one.
  double relevance(double cosine, double background, std::int64_t searched) const;

  // Below this, the best of all is what chance gives.
  static constexpr double kMatches = 0.5;

 private:
  // The cosine without what the query's own background adds to it.
  double corrected(double cosine, double background) const { return cosine - slope_ * (background - usual_); }

  double usual_ = 0;             // background of the null queries together
  double slope_ = 1;             // how much a query's best rises with its background
  double mode_ = 0, scale_ = 1;  // Gumbel, of the corrected best of a null query
  double library_ = 1;
};

}  // namespace cnclip::search
