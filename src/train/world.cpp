#include "train/world.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace cnclip {
namespace {

void fail(World& world, const std::string& message, ErrorCategory category) {
  // What is wrong for all ranks (a missing file) is told once: the first to speak ends the others while they wait.
  std::this_thread::sleep_for(std::chrono::milliseconds(std::min(100 * world.rank(), 2000)));
  fmt::print(stderr, "rank {} of {}: {}\n", world.rank(), world.size(), message);
  std::fflush(stderr);
  world.abort(static_cast<int>(category));
}

}  // namespace

int World::threads() const {
  cpu_set_t mine;
  return sched_getaffinity(0, sizeof mine, &mine) == 0 ? std::max(1, CPU_COUNT(&mine)) : 1;
}

void World::abort(int code) {
  std::exit(code);
}

void run_ranked(World& world, const std::function<void()>& work) {
  if (world.size() == 1) return work();
  try {
    work();
  } catch (const Error& error) {
    fail(world, error.what(), error.category());
  } catch (const std::exception& error) {
    fail(world, error.what(), ErrorCategory::internal);
  }
}

}  // namespace cnclip
