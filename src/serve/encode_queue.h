// The one thread that runs the encoder, and the queue before it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cnclip/encoder.h"
#include "serve/schedule.h"

namespace cnclip::serve {

// What encodes: an Encoder, or a test's stand-in. Called by the queue's thread only.
struct Towers {
  std::function<FeatureMatrix(std::span<const Tokens>)> texts;
  std::function<FeatureMatrix(std::span<const std::uint8_t>)> pictures;
};

struct QueueObserver {
  // After each run of a tower.
  std::function<void(const Piece& piece, double seconds)> ran = [](const Piece&, double) {};
};

// Any thread may call.
class EncodeQueue {
 public:
  struct Pending;

  // `piece_time`: how long a query may have to wait for a run that has begun. Pieces are sized by the speed measured.
  EncodeQueue(Towers towers, std::size_t max_cost, Milliseconds piece_time, QueueObserver observer);
  ~EncodeQueue();  // refuses what still waits

  // Throws ApiError (429) when the queue is full, (503) after give_up().
  std::shared_ptr<Pending> submit(Work work);
  // Rows in the order of the work's inputs. Throws ApiError: 504 at the deadline, 499 when `gone` says that nobody
  // waits any more, 503 after give_up(); or whatever the encoder threw.
  FeatureMatrix wait(const std::shared_ptr<Pending>& pending, Clock::time_point deadline,
                     const std::function<bool()>& gone);
  // Takes out what nobody will wait for.
  void forget(const std::shared_ptr<Pending>& pending);

  void give_up();
  bool full() const;  // nothing would be taken now
  std::size_t waiting_cost() const;
  std::size_t waiting_jobs(Lane lane) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Sizes of pieces from the time that earlier ones took.
class Pace {
 public:
  explicit Pace(Milliseconds piece_time) : seconds_(std::chrono::duration<double>(piece_time).count()) {}
  void ran(Kind kind, std::size_t cost, double seconds);
  PieceBudget budget() const { return budget_; }

 private:
  const double seconds_;
  double each_[2] = {0, 0};  // seconds a token, seconds a patch; 0: not known yet
  PieceBudget budget_;
};

}  // namespace cnclip::serve
