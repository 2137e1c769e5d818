// What chance gives, for each kind of query, as the library is now.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "search/nearest/sample.h"
#include "search/query_vectors.h"
#include "search/relevance/relevance.h"

namespace cnclip::search {

// What queries of one kind have in common: pictures or texts, and their weights.
using QueryKind = std::vector<std::pair<bool, double>>;
QueryKind kind_of(std::span<const PartVector> parts);

// A sample of a library, and what follows from it. Any number of threads.
class Calibrations {
 public:
  // `neutral`: the neutral sentences' vectors.
  Calibrations(std::shared_ptr<const Snapshot> snapshot, std::vector<float> neutral, int threads);

  // Whether it still stands for the library as it is `now`; then the kinds to come are measured there.
  bool follows(const std::shared_ptr<const Snapshot>& now);
  const Means& means() const { return means_; }
  // Made when it is first asked for: a null query is one of the kind with neutral sentences in the place of its texts
  // and pictures of the library in the place of its pictures.
  std::shared_ptr<const Calibration> of(const QueryKind& kind);
  // The query's cosines to the sample, but for the pictures that it is made of.
  std::vector<float> cosines(std::span<const float> query, std::span<const std::int64_t> without) const;

 private:
  std::shared_ptr<const Calibration> make(const QueryKind& kind, const Snapshot& snapshot) const;

  const std::vector<float> neutral_;
  const int threads_;
  const std::int64_t count_;  // of the library that the sample is of
  VectorSample sample_;
  Means means_;
  std::mutex mutex_;  // of what follows
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<QueryKind, std::shared_ptr<const Calibration>> made_;
};

}  // namespace cnclip::search
