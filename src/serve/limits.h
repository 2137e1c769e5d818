// How much a client may ask for. Every limit has an error code of its own; docs/serving.md lists them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cnclip::serve {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

struct Limits {
  // One connection.
  std::size_t head_bytes = std::size_t{16} << 10;  // request line and headers
  std::size_t headers = 64;
  std::size_t target_bytes = 2048;  // path and query
  std::size_t body_bytes = std::size_t{16} << 20;
  Milliseconds idle_time{30'000};     // between two requests
  Milliseconds head_time{10'000};     // from the first byte of a request to the end of its headers
  Milliseconds body_time{30'000};     // for the whole body
  Milliseconds write_time{30'000};    // for the whole answer
  Milliseconds request_time{60'000};  // from the body to the answer

  // One request.
  std::size_t items = 256;                // texts and pictures
  std::size_t text_bytes = 16 << 10;      // of one text
  std::size_t part_head_bytes = 4 << 10;  // headers of a form's part
  int json_depth = 16;
  std::size_t json_values = 100'000;
  std::int64_t picture_pixels = 50'000'000;

  // All together.
  std::size_t connections = 256;
  std::size_t bodies_bytes = std::size_t{256} << 20;  // of requests that are being read or answered
  std::int64_t pixels = 400'000'000;                  // of pictures that are being decoded
  std::size_t queue_cost = 400'000;                   // tokens and patches that wait for the encoder
  Milliseconds drain_time{20'000};                    // for what is under way when the server is asked to stop
};

}  // namespace cnclip::serve
