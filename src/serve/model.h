// The model behind the endpoints: inputs of requests to features, through one encoder.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "serve/api_error.h"
#include "serve/counters.h"
#include "serve/encode_queue.h"
#include "serve/inputs.h"
#include "serve/slots.h"

namespace cnclip::serve {

// Whoever waits for features: until when, and whether still.
struct Waiter {
  Clock::time_point deadline;
  std::function<bool()> gone;
};

struct Encoded {
  FeatureMatrix features;              // of unit length, a row an input
  std::size_t tokens = 0;              // of all texts
  std::vector<std::size_t> truncated;  // inputs whose end was cut
};

// Any number of threads may call it.
class Model {
 public:
  // `name`: a path or a name in the model store. Opens it, and runs it in the shapes that requests come in, so that
  // the first of them is no slower. Throws Error.
  Model(const std::string& name, EncoderOptions options, const Limits& limits, Counters& counters);

  const std::string& name() const { return name_; }
  std::int64_t width() const { return width_; }
  int image_size() const { return image_size_; }
  int context_length() const { return context_length_; }
  float logit_scale() const { return logit_scale_; }

  // Throws ApiError, naming the input that is at fault.
  Encoded encode(const std::vector<Input>& inputs, const Waiter& waiter);
  // Pictures that are decoded already.
  FeatureMatrix encode_decoded(std::span<const Image> pictures, const Waiter& waiter);
  // Runs `work`, which decodes the picture that stood at `param`, when there is room for its pixels. Throws ApiError:
  // 504 where there was none in time, 400 where work() throws bad_input.
  template <class Work>
  auto while_decoding(const Waiter& waiter, const std::string& param, Work work) {
    const Slots::Held slot = decoders_.take(waiter.deadline);
    if (!slot) throw ApiError(504, "request_timeout", "no picture could be decoded in time");
    try {
      return work();
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::bad_input) throw;
      throw ApiError(400, "invalid_image", error.what(), param);
    }
  }
  // Both towers really run. A result is kept for a second.
  bool ready();

  EncodeQueue& queue() { return *queue_; }

 private:
  struct Part;
  Part submit_texts(const std::vector<Input>& inputs, Encoded& encoded);
  void submit_pictures(const std::vector<Input>& inputs, const Waiter& waiter, std::vector<Part>& parts);
  void decode(const Input& input, std::span<std::uint8_t> planes, const Waiter& waiter);
  void warm_up();

  const std::string name_;
  const Limits limits_;
  Counters& counters_;
  Encoder encoder_;  // the queue's thread alone uses it
  const std::int64_t width_;
  const int image_size_, context_length_;
  const float logit_scale_;
  Slots decoders_;
  std::unique_ptr<EncodeQueue> queue_;
  std::mutex ready_mutex_;
  Clock::time_point ready_until_{};
};

}  // namespace cnclip::serve
