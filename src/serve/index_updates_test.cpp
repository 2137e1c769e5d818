#include "serve/index_updates.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cnclip::serve {
namespace {

using Phase = UpdateState::Phase;

// Ten pictures; stands before each until it may go on, or is stopped.
struct Pictures {
  std::atomic<int> allowed = 0, done = 0;

  search::UpdateReport run(const search::UpdateControl& control) {
    search::UpdateReport report;
    while (done < 10) {
      if (control.stop()) {
        report.stopped = true;
        return report;
      }
      if (done >= allowed) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      ++done;
      ++report.added;
      control.progress(static_cast<std::size_t>(done.load()), 10);
    }
    return report;
  }
};

void wait_for(const IndexUpdates& updates, Phase phase) {
  while (updates.state().phase != phase) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}
void wait_for(const std::atomic<int>& value, int wanted) {
  while (value < wanted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(IndexUpdates, RunsRestsAndGoesOn) {
  Pictures pictures;
  IndexUpdates updates([&](const search::UpdateControl& control) { return pictures.run(control); });
  EXPECT_EQ(updates.state().phase, Phase::idle);
  updates.pause();
  updates.resume();
  EXPECT_EQ(updates.state().phase, Phase::idle);  // there is nothing to pause or resume
  pictures.allowed = 4;
  updates.begin();
  updates.begin();  // it runs already
  wait_for(pictures.done, 4);
  updates.pause();
  wait_for(updates, Phase::paused);
  EXPECT_EQ(updates.state().report.added, 4);
  EXPECT_EQ(updates.state().of, 10);
  pictures.allowed = 10;
  updates.resume();
  wait_for(updates, Phase::idle);
  EXPECT_EQ(updates.state().report.added, 10);
  pictures.done = 9;
  updates.begin();  // anew: what was done before is another update's
  wait_for(updates, Phase::idle);
  EXPECT_EQ(updates.state().report.added, 1);
}

TEST(IndexUpdates, ResumedBeforeItRestsItJustGoesOn) {
  Pictures pictures;
  std::atomic<int> runs = 0;
  std::atomic<bool> may_end = false;
  IndexUpdates updates([&](const search::UpdateControl& control) {
    ++runs;
    search::UpdateReport report = pictures.run(control);
    while (!may_end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return report;
  });
  updates.begin();
  wait_for(runs, 1);
  updates.pause();
  updates.resume();
  pictures.allowed = 10;
  may_end = true;
  wait_for(updates, Phase::idle);
  EXPECT_EQ(updates.state().report.added, 10);
}

TEST(IndexUpdates, FailuresAreTold) {
  IndexUpdates updates(
      [](const search::UpdateControl&) -> search::UpdateReport { throw std::runtime_error("disk full"); });
  updates.begin();
  wait_for(updates, Phase::failed);
  EXPECT_EQ(updates.state().message, "disk full");
  updates.begin();
  wait_for(updates, Phase::failed);
}

TEST(IndexUpdates, AnEndDoesNotWaitForAll) {
  Pictures pictures;
  IndexUpdates updates([&](const search::UpdateControl& control) { return pictures.run(control); });
  updates.begin();
}

}  // namespace
}  // namespace cnclip::serve
