// Names for requests: unique in one run, and not guessable from another.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace cnclip::serve {

class RequestIds {
 public:
  RequestIds() {
    std::random_device device;
    run_ = (std::uint64_t{device()} << 32 | device()) & 0xffffffffff;
  }
  std::string next() { return fmt::format("req-{:010x}-{:x}", run_, ++count_); }

 private:
  std::uint64_t run_ = 0;
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace cnclip::serve
