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

  const Snapshot& snapshot() const { return *snapshot_; }
  const Means& means() const { return means_; }
  // Made when it is first asked for: a null query is one of the kind with neutral sentences in the place of its texts
  // and pictures of the library in the place of its pictures.
  std::shared_ptr<const Calibration> of(const QueryKind& kind);
  // The query's cosines to the sample.
  std::vector<float> cosines(std::span<const float> query) const;

 private:
  std::shared_ptr<const Calibration> make(const QueryKind& kind) const;

  const std::shared_ptr<const Snapshot> snapshot_;
  const std::vector<float> neutral_;
  const int threads_;
  VectorSample sample_;
  Means means_;
  std::mutex mutex_;  // of what follows
  std::map<QueryKind, std::shared_ptr<const Calibration>> made_;
};

}  // namespace cnclip::search
