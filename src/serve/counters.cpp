#include "serve/counters.h"

#include <fmt/format.h>

namespace cnclip::serve {
namespace {

void head(std::string& out, const std::string& name, const char* type, const std::string& help) {
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

template <class Value>
void line(std::string& out, const std::string& name, const std::string& labels, Value value) {
  out += labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
}

const char* name_of(std::size_t kind) {
  return kind == static_cast<std::size_t>(Kind::text) ? "text" : "picture";
}

}  // namespace

template <std::size_t size>
void Counters::Histogram<size>::add(const std::array<double, size>& bounds, double value) {
  ++count;
  sum += value;
  for (std::size_t i = 0; i < size; ++i) {
    if (value <= bounds[i]) {
      ++upto[i];
      return;
    }
  }
}

template <std::size_t size>
void Counters::Histogram<size>::print(std::string& out, const std::array<double, size>& bounds, const std::string& name,
                                      const std::string& labels) const {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < size; ++i) {
    line(out, name + "_bucket", fmt::format("{},le=\"{}\"", labels, bounds[i]), all += upto[i]);
  }
  line(out, name + "_bucket", labels + ",le=\"+Inf\"", count);
  line(out, name + "_sum", labels, sum);
  line(out, name + "_count", labels, count);
}

void Counters::answered(const std::string& route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++answers_[{route, status}];
  latencies_[route].add(kSeconds, seconds);
}

void Counters::ran(Kind kind, std::size_t items, std::size_t cost, double seconds) {
  const std::lock_guard lock(mutex_);
  Tower& tower = towers_[static_cast<std::size_t>(kind)];
  tower.items.add(kItems, static_cast<double>(items));
  tower.cost += cost;
  tower.seconds += seconds;
}

void Counters::decoded(std::size_t pictures, std::size_t bytes, double seconds) {
  const std::lock_guard lock(mutex_);
  pictures_ += pictures;
  picture_bytes_ += bytes;
  decode_seconds_ += seconds;
}

void Counters::truncated(std::size_t texts) {
  const std::lock_guard lock(mutex_);
  truncated_ += texts;
}

std::string Counters::text(const std::vector<Gauge>& gauges) const {
  std::string out;
  for (std::size_t i = 0; i < gauges.size(); ++i) {
    const Gauge& gauge = gauges[i];
    if (i == 0 || gauges[i - 1].name != gauge.name) head(out, gauge.name, "gauge", gauge.help);
    line(out, gauge.name, gauge.labels, gauge.value);
  }
  const std::lock_guard lock(mutex_);
  head(out, "cnclip_requests_total", "counter", "Answers by route and status.");
  for (const auto& [key, count] : answers_) {
    line(out, "cnclip_requests_total", fmt::format("route=\"{}\",status=\"{}\"", key.first, key.second), count);
  }
  head(out, "cnclip_request_seconds", "histogram", "From the end of a request's headers to the end of its answer.");
  for (const auto& [route, latency] : latencies_) {
    latency.print(out, kSeconds, "cnclip_request_seconds", fmt::format("route=\"{}\"", route));
  }
  head(out, "cnclip_batch_items", "histogram", "Texts or pictures in one run of a tower.");
  for (std::size_t kind = 0; kind < towers_.size(); ++kind) {
    towers_[kind].items.print(out, kItems, "cnclip_batch_items", fmt::format("tower=\"{}\"", name_of(kind)));
  }
  head(out, "cnclip_encode_seconds_total", "counter", "Time in the towers.");
  for (std::size_t kind = 0; kind < towers_.size(); ++kind) {
    line(out, "cnclip_encode_seconds_total", fmt::format("tower=\"{}\"", name_of(kind)), towers_[kind].seconds);
  }
  const auto counter = [&](const char* name, const char* help, auto value) {
    head(out, name, "counter", help);
    line(out, name, "", value);
  };
  counter("cnclip_tokens_total", "Tokens encoded.", towers_[static_cast<std::size_t>(Kind::text)].cost);
  counter("cnclip_patches_total", "Patches of 16 x 16 pixels encoded.",
          towers_[static_cast<std::size_t>(Kind::picture)].cost);
  counter("cnclip_pictures_total", "Pictures decoded.", pictures_);
  counter("cnclip_picture_bytes_total", "Bytes of the files of decoded pictures.", picture_bytes_);
  counter("cnclip_decode_seconds_total", "Time of decoding and resizing.", decode_seconds_);
  counter("cnclip_texts_truncated_total", "Texts cut at the context length.", truncated_);
  return out;
}

}  // namespace cnclip::serve
