#include "serve/schedule.h"

#include <algorithm>
#include <numeric>

namespace cnclip::serve {
namespace {

constexpr std::size_t kQueryTokens = 128;  // of a request that goes before all others
constexpr std::size_t kPatience = 8;       // turns that a lane lets others go first
constexpr std::size_t kMostItems = 256;    // of a piece

}  // namespace

std::size_t Work::cost() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += cost_of(i);
  return sum;
}

Lane Work::lane() const {
  if (kind == Kind::picture) return count == 1 ? Lane::single : Lane::bulk;
  return cost() <= kQueryTokens ? Lane::query : Lane::bulk;
}

std::shared_ptr<Job> make_job(Work work) {
  auto job = std::make_shared<Job>();
  job->left_cost = work.cost();
  job->order.resize(work.count);
  std::iota(job->order.begin(), job->order.end(), std::size_t{0});
  std::ranges::stable_sort(job->order, {}, [&](std::size_t item) { return work.cost_of(item); });
  job->work = std::move(work);
  return job;
}

void Schedule::add(std::shared_ptr<Job> job) {
  cost_ += job->left_cost;
  const auto lane = static_cast<std::size_t>(job->work.lane());
  lanes_[lane].push_back(std::move(job));
}

void Schedule::remove(const Job& job) {
  for (auto& lane : lanes_) {
    const auto place = std::ranges::find(lane, &job, [](const auto& waiting) { return waiting.get(); });
    if (place == lane.end()) continue;
    cost_ -= job.left_cost;
    lane.erase(place);
    return;
  }
}

std::size_t Schedule::choose() const {
  std::size_t first = kLanes;
  for (std::size_t lane = kLanes; lane-- > 0;) {
    if (lanes_[lane].empty()) continue;
    if (passed_over_[lane] >= kPatience) return lane;
    first = lane;
  }
  return first;
}

Piece Schedule::next(const PieceBudget& budget) {
  Piece piece;
  const std::size_t chosen = choose();
  if (chosen == kLanes) return piece;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    passed_over_[lane] = lane == chosen || lanes_[lane].empty() ? 0 : passed_over_[lane] + 1;
  }
  auto& lane = lanes_[chosen];
  piece.lane = static_cast<Lane>(chosen);
  piece.kind = lane.front()->work.kind;
  // Each job of this kind is met once: what is left of it goes to the end of its lane.
  for (std::size_t unseen = lane.size(); unseen > 0; --unseen) {
    std::shared_ptr<Job> job = lane.front();
    lane.pop_front();
    bool full = false, touched = false;
    while (job->work.kind == piece.kind && job->taken < job->order.size()) {
      const std::size_t item = job->order[job->taken], cost = job->work.cost_of(item);
      full = piece.items.size() == kMostItems || (!piece.items.empty() && piece.cost + cost > budget.of(piece.kind));
      if (full) break;
      piece.items.push_back({job, item});
      piece.cost += cost;
      cost_ -= cost;
      job->left_cost -= cost;
      ++job->taken;
      touched = true;
    }
    if (job->taken < job->order.size()) {
      if (full && !touched) {
        lane.push_front(std::move(job));
      } else {
        lane.push_back(std::move(job));
      }
    }
    if (full) break;
  }
  return piece;
}

}  // namespace cnclip::serve
