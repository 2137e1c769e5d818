#include "serve/encode_queue.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/error.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

constexpr Milliseconds kLook{200};  // how often a waiting request looks whether its client is still there
constexpr double kMemory = 0.8;     // weight of earlier measurements of speed
constexpr std::size_t kLeastCost = 64, kMostCost = 8192;

}  // namespace

void Pace::ran(Kind kind, std::size_t cost, double seconds) {
  double& each = each_[kind == Kind::picture];
  const double now = seconds / static_cast<double>(std::max<std::size_t>(cost, 1));
  each = each == 0 ? now : kMemory * each + (1 - kMemory) * now;
  const double fits = std::clamp(seconds_ / each, double{kLeastCost}, double{kMostCost});
  (kind == Kind::text ? budget_.text : budget_.picture) = static_cast<std::size_t>(fits);
}

struct EncodeQueue::Pending {
  std::shared_ptr<Job> job;
  FeatureMatrix features;
  std::size_t done = 0;
  std::exception_ptr error;
  std::condition_variable changed;
};

struct EncodeQueue::Impl {
  Towers towers;
  const std::size_t max_cost;
  Pace pace;
  QueueObserver observer;
  mutable std::mutex mutex;
  std::condition_variable work_came;
  Schedule schedule;
  std::unordered_map<const Job*, std::shared_ptr<Pending>> pending;
  bool stopped = false, gave_up = false;
  std::thread thread;

  Impl(Towers made, std::size_t cost, Milliseconds piece_time, QueueObserver watcher)
      : towers(std::move(made)), max_cost(cost), pace(piece_time), observer(std::move(watcher)) {}

  FeatureMatrix encode(const Piece& piece) {
    if (piece.kind == Kind::text) {
      std::vector<Tokens> texts;
      for (const auto& item : piece.items) texts.push_back(item.job->work.texts[item.index]);
      return towers.texts(texts);
    }
    std::vector<std::uint8_t> pixels;
    for (const auto& item : piece.items) {
      const Work& work = item.job->work;
      const std::size_t bytes = work.pixels.size() / work.count;
      const auto* from = work.pixels.data() + item.index * bytes;
      pixels.insert(pixels.end(), from, from + bytes);
    }
    return towers.pictures(pixels);
  }

  void hand_over(const Piece& piece, const FeatureMatrix& features, const std::exception_ptr& error) {
    for (std::size_t i = 0; i < piece.items.size(); ++i) {
      const auto& [job, index] = piece.items[i];
      const auto place = pending.find(job.get());
      if (place == pending.end()) continue;  // nobody waits for it any more
      Pending& one = *place->second;
      if (error) {
        one.error = error;
      } else {
        const auto width = static_cast<std::size_t>(features.columns);
        one.features.rows = static_cast<std::int64_t>(job->work.count);
        one.features.columns = features.columns;
        one.features.values.resize(job->work.count * width);
        std::ranges::copy(features.row(static_cast<std::int64_t>(i)),
                          one.features.values.begin() + static_cast<std::ptrdiff_t>(index * width));
        ++one.done;
      }
      if (one.error || one.done == job->work.count) {
        if (one.error) schedule.remove(*job);
        one.changed.notify_all();
        pending.erase(place);
      }
    }
  }

  void loop() {
    std::unique_lock lock(mutex);
    for (;;) {
      work_came.wait(lock, [&] { return stopped || schedule.waiting_cost() > 0; });
      if (stopped) return;
      const Piece piece = schedule.next(pace.budget());
      lock.unlock();
      FeatureMatrix features;
      std::exception_ptr error;
      const auto start = Clock::now();
      try {
        features = encode(piece);
        if (features.rows != static_cast<std::int64_t>(piece.items.size())) {
          throw_internal("serve: {} rows for {} inputs", features.rows, piece.items.size());
        }
      } catch (...) {
        error = std::current_exception();
      }
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      observer.ran(piece, seconds);
      lock.lock();
      if (!error) pace.ran(piece.kind, piece.cost, seconds);
      hand_over(piece, features, error);
    }
  }

  void refuse_all() {
    for (auto& [job, one] : pending) {
      schedule.remove(*job);
      one->error = std::make_exception_ptr(ApiError(503, "shutting_down", "the server is stopping"));
      one->changed.notify_all();
    }
    pending.clear();
  }
};

EncodeQueue::EncodeQueue(Towers towers, std::size_t max_cost, Milliseconds piece_time, QueueObserver observer)
    : impl_(std::make_unique<Impl>(std::move(towers), max_cost, piece_time, std::move(observer))) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->loop(); });
}

EncodeQueue::~EncodeQueue() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopped = impl_->gave_up = true;
    impl_->refuse_all();
  }
  impl_->work_came.notify_all();
  impl_->thread.join();
}

std::shared_ptr<EncodeQueue::Pending> EncodeQueue::submit(Work work) {
  auto one = std::make_shared<Pending>();
  one->job = make_job(std::move(work));
  if (one->job->work.count == 0) return one;
  const std::lock_guard lock(impl_->mutex);
  if (impl_->gave_up) throw ApiError(503, "shutting_down", "the server is stopping");
  // A queue that is empty takes anything that the other limits let pass.
  const std::size_t waiting = impl_->schedule.waiting_cost();
  if (waiting > 0 && waiting + one->job->left_cost > impl_->max_cost) {
    throw ApiError(
        429, "overloaded",
        fmt::format("{} tokens and patches wait for the encoder, the limit is {}; try again", waiting, impl_->max_cost),
        {}, 1);
  }
  impl_->schedule.add(one->job);
  impl_->pending.emplace(one->job.get(), one);
  impl_->work_came.notify_one();
  return one;
}

FeatureMatrix EncodeQueue::wait(const std::shared_ptr<Pending>& pending, Clock::time_point deadline,
                                const std::function<bool()>& gone) {
  std::unique_lock lock(impl_->mutex);
  const auto ready = [&] { return pending->error || pending->done == pending->job->work.count; };
  while (!ready()) {
    const Clock::time_point now = Clock::now();
    if (now >= deadline || (gone && gone())) {
      impl_->schedule.remove(*pending->job);
      impl_->pending.erase(pending->job.get());
      if (now >= deadline) throw ApiError(504, "request_timeout", "the answer was not ready in time");
      throw ApiError(499, "client_gone", "the client has left");
    }
    pending->changed.wait_until(lock, std::min(deadline, now + kLook), ready);
  }
  if (pending->error) std::rethrow_exception(pending->error);
  return std::move(pending->features);
}

void EncodeQueue::forget(const std::shared_ptr<Pending>& pending) {
  const std::lock_guard lock(impl_->mutex);
  impl_->schedule.remove(*pending->job);
  impl_->pending.erase(pending->job.get());
}

void EncodeQueue::give_up() {
  const std::lock_guard lock(impl_->mutex);
  impl_->gave_up = true;
  impl_->refuse_all();
}

bool EncodeQueue::full() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->schedule.waiting_cost() >= impl_->max_cost;
}
std::size_t EncodeQueue::waiting_cost() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->schedule.waiting_cost();
}
std::size_t EncodeQueue::waiting_jobs(Lane lane) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->schedule.waiting_jobs(lane);
}

}  // namespace cnclip::serve
