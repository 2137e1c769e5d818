// What the server counts, in Prometheus' text form.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "serve/schedule.h"

namespace cnclip::serve {

// Any thread may call.
class Counters {
 public:
  // `route` is one of the server's own, never a client's text.
  void answered(const std::string& route, int status, double seconds);
  void ran(Kind kind, std::size_t items, std::size_t cost, double seconds);
  void decoded(std::size_t pictures, std::size_t bytes, double seconds);
  void truncated(std::size_t texts);

  struct Gauge {
    std::string name, help, labels;  // labels: `lane="bulk"`, or empty
    double value = 0;
  };
  // Gauges of one name stand together.
  std::string text(const std::vector<Gauge>& gauges) const;

 private:
  static constexpr std::array<double, 13> kSeconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 15, 60};
  static constexpr std::array<double, 9> kItems{1, 2, 4, 8, 16, 32, 64, 128, 256};
  template <std::size_t size>
  struct Histogram {
    std::array<std::uint64_t, size> upto{};  // of each bound, smaller ones not among them
    std::uint64_t count = 0;
    double sum = 0;
    void add(const std::array<double, size>& bounds, double value);
    void print(std::string& out, const std::array<double, size>& bounds, const std::string& name,
               const std::string& labels) const;
  };
  struct Tower {
    Histogram<kItems.size()> items;
    std::uint64_t cost = 0;
    double seconds = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> answers_;
  std::map<std::string, Histogram<kSeconds.size()>> latencies_;
  std::array<Tower, 2> towers_;
  std::uint64_t pictures_ = 0, picture_bytes_ = 0, truncated_ = 0;
  double decode_seconds_ = 0;
};

}  // namespace cnclip::serve
