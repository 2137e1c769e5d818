#include "serve/model.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace cnclip::serve {
namespace {

constexpr Milliseconds kPieceTime{80};
constexpr std::size_t kPicturesAPart = 16;  // decoded, then handed to the queue: the next are decoded meanwhile
constexpr std::size_t kPatch = 16;
constexpr Milliseconds kReadyKept{1000}, kReadyTime{5000};

std::size_t decoders_for(const Limits& limits) {
  const auto fit = static_cast<std::size_t>(limits.pixels / std::max<std::int64_t>(limits.picture_pixels, 1));
  return std::clamp<std::size_t>(fit, 1, std::max(1u, std::thread::hardware_concurrency()));
}

std::size_t patches_of(int image_size) {
  const std::size_t side = static_cast<std::size_t>(image_size) / kPatch;
  return side * side + 1;
}

}  // namespace

// Inputs that went into the queue together.
struct Model::Part {
  std::shared_ptr<EncodeQueue::Pending> pending;
  std::vector<std::size_t> inputs;
};

Model::Model(const std::string& name, EncoderOptions options, const Limits& limits, Counters& counters)
    : name_(name),
      limits_(limits),
      counters_(counters),
      encoder_(name, options),
      width_(encoder_.embed_dim()),
      image_size_(encoder_.image_size()),
      context_length_(options.context_length),
      logit_scale_(encoder_.logit_scale()),
      decoders_(decoders_for(limits)) {
  warm_up();
  Towers towers{[this](std::span<const Tokens> texts) { return encoder_.encode_tokens(texts); },
                [this](std::span<const std::uint8_t> pixels) { return encoder_.encode_pixels(pixels); }};
  QueueObserver observer{[this](const Piece& piece, double seconds) {
    counters_.ran(piece.kind, piece.items.size(), piece.cost, seconds);
  }};
  queue_ = std::make_unique<EncodeQueue>(std::move(towers), limits.queue_cost, kPieceTime, std::move(observer));
}

void Model::warm_up() {
  const std::size_t picture = 3 * static_cast<std::size_t>(image_size_) * static_cast<std::size_t>(image_size_);
  for (const std::size_t count : {1, 2, 4, 8, 16}) {
    encoder_.encode_pixels(std::vector<std::uint8_t>(count * picture, 127));
  }
  for (int length = 3; length <= context_length_; ++length) {
    const Tokens text{std::vector<std::int32_t>(static_cast<std::size_t>(length), Tokenizer::chinese().pad_id()),
                      false};
    encoder_.encode_tokens({&text, 1});
  }
}

Model::Part Model::submit_texts(const std::vector<Input>& inputs, Encoded& encoded) {
  Work work;
  Part part;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].kind != Input::Kind::text) continue;
    Tokens tokens = Tokenizer::chinese().encode(inputs[i].bytes, context_length_);
    encoded.tokens += tokens.ids.size();
    if (tokens.truncated) encoded.truncated.push_back(i);
    work.texts.push_back(std::move(tokens));
    part.inputs.push_back(i);
  }
  work.count = work.texts.size();
  counters_.truncated(encoded.truncated.size());
  part.pending = queue_->submit(std::move(work));
  return part;
}

void Model::decode(const Input& input, std::span<std::uint8_t> planes, const Waiter& waiter) {
  while_decoding(waiter, input.param, [&] {
    DecodeOptions options;
    options.max_pixels = limits_.picture_pixels;
    const auto start = Clock::now();
    decode_preprocess_u8(std::as_bytes(std::span(input.bytes)), input.param, image_size_, planes, options);
    counters_.decoded(1, input.bytes.size(), std::chrono::duration<double>(Clock::now() - start).count());
  });
}

FeatureMatrix Model::encode_decoded(std::span<const Image> pictures, const Waiter& waiter) {
  const std::size_t bytes = 3 * static_cast<std::size_t>(image_size_) * static_cast<std::size_t>(image_size_);
  Work work;
  work.kind = Kind::picture;
  work.count = pictures.size();
  work.item_cost = patches_of(image_size_);
  work.pixels.resize(pictures.size() * bytes);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    preprocess_u8(pictures[i], image_size_, std::span(work.pixels).subspan(i * bytes, bytes));
  }
  return queue_->wait(queue_->submit(std::move(work)), waiter.deadline, waiter.gone);
}

void Model::submit_pictures(const std::vector<Input>& inputs, const Waiter& waiter, std::vector<Part>& parts) {
  const std::size_t bytes = 3 * static_cast<std::size_t>(image_size_) * static_cast<std::size_t>(image_size_);
  Work work;
  Part part;
  const auto hand_over = [&] {
    work.kind = Kind::picture;
    work.count = part.inputs.size();
    work.item_cost = patches_of(image_size_);
    part.pending = queue_->submit(std::exchange(work, {}));
    parts.push_back(std::exchange(part, {}));
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].kind != Input::Kind::picture) continue;
    work.pixels.resize((part.inputs.size() + 1) * bytes);
    decode(inputs[i], std::span(work.pixels).last(bytes), waiter);
    part.inputs.push_back(i);
    if (part.inputs.size() == kPicturesAPart) hand_over();
  }
  if (!part.inputs.empty()) hand_over();
}

Encoded Model::encode(const std::vector<Input>& inputs, const Waiter& waiter) {
  Encoded encoded;
  std::vector<Part> parts;
  try {
    parts.push_back(submit_texts(inputs, encoded));
    submit_pictures(inputs, waiter, parts);
    encoded.features.rows = static_cast<std::int64_t>(inputs.size());
    encoded.features.columns = width_;
    const auto width = static_cast<std::size_t>(width_);
    encoded.features.values.resize(inputs.size() * width);
    for (const Part& part : parts) {
      if (part.inputs.empty()) continue;
      const FeatureMatrix features = queue_->wait(part.pending, waiter.deadline, waiter.gone);
      for (std::size_t i = 0; i < part.inputs.size(); ++i) {
        std::ranges::copy(features.row(static_cast<std::int64_t>(i)), &encoded.features.values[part.inputs[i] * width]);
      }
    }
  } catch (...) {
    for (const Part& part : parts) queue_->forget(part.pending);
    throw;
  }
  if (!std::ranges::all_of(encoded.features.values, [](float value) { return std::isfinite(value); })) {
    throw ApiError(500, "no_direction", "the model gives an input no direction");
  }
  return encoded;
}

bool Model::ready() {
  const std::lock_guard one_at_a_time(ready_mutex_);
  if (Clock::now() < ready_until_) return true;
  const std::vector<Input> inputs{{Input::Kind::text, "好", "readyz"},
                                  {Input::Kind::picture, "P3 1 1 255 9 9 9\n", "readyz"}};
  try {
    encode(inputs, {Clock::now() + kReadyTime, {}});
  } catch (const Error&) {
    return false;
  }
  ready_until_ = Clock::now() + kReadyKept;
  return true;
}

}  // namespace cnclip::serve
