// Ranks that fail, for the Python tests:
//   cnclip_rank_cases throw RANK    that one throws, the others wait for it
//   cnclip_rank_cases throw all     all throw the same
//   cnclip_rank_cases kill RANK     that one is killed
//   cnclip_rank_cases machine -     each prints its number, its number on this machine, and its threads
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <csignal>
#include <string_view>

#include "base/error.h"
#include "train/mpi_world.h"

namespace {

void run(std::string_view what, std::string_view who, cnclip::World& world) {
  if (what == "machine") fmt::print("{} {} {}\n", world.rank(), world.local_rank(), world.threads());
  const bool chosen = who == "all" || who == std::to_string(world.rank());
  if (what == "throw" && chosen) cnclip::throw_bad_input("data.lmdb: record 7 is torn");
  if (what == "kill" && chosen) std::raise(SIGKILL);
  at::Tensor values = at::ones({1 << 20});
  world.add_later(values);
  world.wait();
  world.sum(1);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  try {
    const auto world = cnclip::open_world();
    cnclip::run_ranked(*world, [&] { run(arguments[1], arguments[2], *world); });
    return 0;
  } catch (const cnclip::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return static_cast<int>(error.category());
  }
}
