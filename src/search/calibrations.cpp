#include "search/calibrations.h"

#include <algorithm>
#include <cstdlib>

#include "base/threads.h"
#include "search/nearest/codes.h"
#include "search/nearest/nearest.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kSample = 2048, kNullQueries = 256;
constexpr std::size_t kKindsKept = 64;  // weights are free to choose, memory is not
// From so many pictures on, a twentieth more or less changes nothing that can be seen.
constexpr std::int64_t kSteadyFrom = 1000;

}  // namespace

QueryKind kind_of(std::span<const PartVector> parts) {
  QueryKind kind;
  // Of one part alone the weight says nothing.
  for (const PartVector& part : parts) kind.emplace_back(part.picture, parts.size() == 1 ? 1.0 : part.weight);
  std::ranges::sort(kind);
  return kind;
}

Calibrations::Calibrations(std::shared_ptr<const Snapshot> snapshot, std::vector<float> neutral, int threads)
    : neutral_(std::move(neutral)),
      threads_(threads),
      count_(snapshot->count),
      sample_(sample_vectors(*snapshot, kSample)),
      snapshot_(std::move(snapshot)) {
  const auto width = static_cast<std::size_t>(snapshot_->width);
  means_ = {mean_of(neutral_, width), mean_of(sample_.vectors, width)};
}

bool Calibrations::follows(const std::shared_ptr<const Snapshot>& now) {
  const std::scoped_lock lock(mutex_);
  if (now != snapshot_ && (count_ < kSteadyFrom || std::abs(count_ - now->count) > count_ / 20)) return false;
  snapshot_ = now;  // the old one may hold the memory of a whole library
  return true;
}

std::vector<float> Calibrations::cosines(std::span<const float> query, std::span<const std::int64_t> without) const {
  std::vector<float> cosines;
  for (std::size_t i = 0; i < sample_.rows.size(); ++i) {
    if (std::ranges::find(without, sample_.rows[i]) != without.end()) continue;
    cosines.push_back(exact_product(query, std::span(sample_.vectors).subspan(i * query.size(), query.size())));
  }
  return cosines;
}

std::shared_ptr<const Calibration> Calibrations::of(const QueryKind& kind) {
  std::shared_ptr<const Snapshot> snapshot;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = made_.find(kind); found != made_.end()) return found->second;
    snapshot = snapshot_;
  }
  auto made = make(kind, *snapshot);
  const std::scoped_lock lock(mutex_);
  if (made_.size() >= kKindsKept) made_.clear();
  return made_.emplace(kind, std::move(made)).first->second;
}

std::shared_ptr<const Calibration> Calibrations::make(const QueryKind& kind, const Snapshot& snapshot) const {
  const auto width = static_cast<std::size_t>(snapshot.width);
  const std::size_t texts = neutral_.size() / width, pictures = sample_.rows.size();
  std::size_t count = kNullQueries;
  for (const auto& [picture, weight] : kind) count = std::min(count, picture ? pictures : texts);

  std::vector<float> queries;
  std::vector<std::vector<std::int64_t>> used;  // pictures that a null query is made of
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<PartVector> parts;
    std::vector<std::int64_t> rows;
    for (std::size_t p = 0; p < kind.size(); ++p) {
      const auto [picture, weight] = kind[p];
      // Other ones for each part, the same for each null query.
      const std::size_t at = (i + p * (picture ? pictures : texts) / kind.size()) % (picture ? pictures : texts);
      const auto& from = picture ? sample_.vectors : neutral_;
      parts.push_back({std::span(from).subspan(at * width, width), weight, picture});
      if (picture) rows.push_back(sample_.rows[at]);
    }
    const std::vector<float> query = combine(parts, means_);
    if (query.empty()) continue;
    queries.insert(queries.end(), query.begin(), query.end());
    used.push_back(std::move(rows));
  }

  NearestSettings settings;
  settings.k = static_cast<std::int64_t>(kind.size()) + 1;  // one at least that the null query is not made of
  settings.threads = threads_;
  const std::vector<Nearest> best = nearest(snapshot, queries, settings);
  std::vector<NullQuery> nulls(used.size());
  each_on_threads(nulls.size(), thread_count(threads_), [&](std::size_t i, int) {
    nulls[i].cosines = cosines(std::span(queries).subspan(i * width, width), used[i]);
    nulls[i].best = -2;  // none
    for (const Neighbor& neighbor : best[i].neighbors) {
      if (std::ranges::find(used[i], neighbor.row) != used[i].end()) continue;
      nulls[i].best = double{neighbor.product};
      break;
    }
  });
  std::erase_if(nulls, [](const NullQuery& null) { return null.best < -1.5 || null.cosines.empty(); });
  return std::make_shared<const Calibration>(nulls, snapshot.count);
}

}  // namespace cnclip::search
