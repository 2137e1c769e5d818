// The pictures and texts that a quantisation is made from.
#pragma once

#include "data/formats/record.h"
#include "engine/engine.h"

namespace cnclip {

struct CalibrationSamples {
  std::int64_t images = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> ids, lengths;

  Batch image_batch() const { return {images, pixels, {}, {}}; }
  Batch text_batch() const { return {static_cast<std::int64_t>(lengths.size()), {}, ids, lengths}; }
};

// Fewer say too little of what a model meets.
inline constexpr std::int64_t kLeastSamples = 16;

struct SampleSettings {
  std::int64_t count = 128;  // of either kind
  int image_size = 224;
  int context_length = 52;
};

// The same ones each time: drawn among the first thousands of a source, spread over them. What cannot be read, pictures
// of one colour, texts without words and what is there already are passed over. Throws bad_input, naming `name`, when
// fewer than kLeastSamples are left.
void draw_images(Source<Sample>& source, const std::string& name, const SampleSettings& settings,
                 CalibrationSamples& samples);
void draw_texts(Source<Text>& source, const std::string& name, const SampleSettings& settings,
                CalibrationSamples& samples);

}  // namespace cnclip
