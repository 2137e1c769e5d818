#include "serve/index_updates.h"

#include <exception>
#include <utility>

namespace cnclip::serve {
namespace {

void add(search::UpdateReport& all, const search::UpdateReport& one) {
  all.added += one.added;
  all.changed += one.changed;
  all.moved += one.moved;
  all.removed += one.removed;
  all.duplicates += one.duplicates;
  all.errors += one.errors;
}

}  // namespace

IndexUpdates::IndexUpdates(Run run) : run_(std::move(run)) {}

IndexUpdates::~IndexUpdates() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    again_ = false;
  }
  if (thread_.joinable()) thread_.join();
}

void IndexUpdates::start() {
  if (thread_.joinable()) thread_.join();  // it has ended: phase says so, as its last deed
  stop_ = again_ = false;
  seconds_before_ = state_.seconds;
  began_ = std::chrono::steady_clock::now();
  state_.message.clear();
  thread_ = std::thread([this] { work(); });
  state_.phase = UpdateState::Phase::running;  // not before: there may be no thread to be had
}

void IndexUpdates::begin() {
  const std::lock_guard lock(mutex_);
  if (state_.phase == UpdateState::Phase::running) return;
  state_ = {};
  start();
}

void IndexUpdates::pause() {
  const std::lock_guard lock(mutex_);
  if (state_.phase != UpdateState::Phase::running) return;
  stop_ = true;
  again_ = false;
}

void IndexUpdates::resume() {
  const std::lock_guard lock(mutex_);
  if (state_.phase == UpdateState::Phase::running && stop_) again_ = true;
  if (state_.phase == UpdateState::Phase::paused) start();
}

UpdateState IndexUpdates::state() const {
  const std::lock_guard lock(mutex_);
  UpdateState now = state_;
  if (now.phase == UpdateState::Phase::running) {
    const double run = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    now.seconds = seconds_before_ + run;
    if (now.of && now.done > 0 && *now.of >= now.done) {
      now.seconds_left = run * static_cast<double>(*now.of - now.done) / static_cast<double>(now.done);
    }
  }
  return now;
}

void IndexUpdates::work() {
  search::UpdateControl control;
  control.stop = [this] { return stop_.load(); };
  control.progress = [this](std::size_t done, std::optional<std::size_t> of) {
    const std::lock_guard lock(mutex_);
    state_.done = done;
    state_.of = of;
  };
  control.warn = [this](const std::string& warning) {
    const std::lock_guard lock(mutex_);
    state_.message = warning;
  };
  for (;;) {
    search::UpdateReport report;
    std::string failure;
    try {
      report = run_(control);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    const std::lock_guard lock(mutex_);
    add(state_.report, report);
    if (failure.empty() && report.stopped && std::exchange(again_, false)) {
      stop_ = false;
      continue;
    }
    state_.seconds = seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    if (!failure.empty()) state_.message = failure;
    state_.phase = !failure.empty() ? UpdateState::Phase::failed
                   : report.stopped ? UpdateState::Phase::paused
                                    : UpdateState::Phase::idle;
    return;
  }
}

}  // namespace cnclip::serve
