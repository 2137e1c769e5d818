// Updates of the index from inside the server: one at a time, on a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "search/indexing/update_report.h"

namespace cnclip::serve {

struct UpdateState {
  enum class Phase { idle, running, paused, failed } phase = Phase::idle;
  std::size_t done = 0;
  std::optional<std::size_t> of;
  search::UpdateReport report;  // of all runs since it was begun
  double seconds = 0;
  std::optional<double> seconds_left;
  std::string message;  // why it failed, or what a source lacks
};

// Any thread may call.
class IndexUpdates {
 public:
  // Updates the index until all is done or control.stop().
  using Run = std::function<search::UpdateReport(const search::UpdateControl&)>;
  explicit IndexUpdates(Run run);
  ~IndexUpdates();  // stops the one that runs

  void begin();   // nothing happens when one is running
  void pause();   // it ends with the batch under way, and keeps what is done; nothing happens when none is running
  void resume();  // a paused one goes on; nothing happens when none is paused
  UpdateState state() const;

 private:
  void start();  // under the mutex
  void work();

  const Run run_;
  mutable std::mutex mutex_;
  UpdateState state_;
  std::atomic<bool> stop_ = false;
  bool again_ = false;         // resumed before the pause took hold
  double seconds_before_ = 0;  // of earlier runs
  std::chrono::steady_clock::time_point began_;
  std::thread thread_;
};

}  // namespace cnclip::serve
