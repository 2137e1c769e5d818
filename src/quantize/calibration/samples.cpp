#include "quantize/calibration/samples.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "cnclip/image.h"
#include "cnclip/tokenizer.h"
#include "data/formats/fingerprint.h"

namespace cnclip {
namespace {

constexpr std::int64_t kPool = 32;  // items looked at for each one drawn

// `count` of the first items, each as likely as the others (reservoir sampling, Vitter's algorithm R), in their order.
template <class Item>
std::vector<Item> draw(Source<Item>& source, std::int64_t count) {
  Random random(1, "calibration");
  std::vector<std::pair<std::int64_t, Item>> drawn;
  for (std::int64_t seen = 0; seen < kPool * count; ++seen) {
    auto item = source.next();
    if (!item) break;
    if (seen < count) {
      drawn.emplace_back(seen, std::move(*item));
    } else if (const auto place = static_cast<std::int64_t>(random.uniform() * static_cast<double>(seen + 1));
               place < count) {
      drawn[static_cast<std::size_t>(place)] = {seen, std::move(*item)};
    }
  }
  std::ranges::sort(drawn, {}, &std::pair<std::int64_t, Item>::first);
  std::vector<Item> items;
  for (auto& [place, item] : drawn) items.push_back(std::move(item));
  return items;
}

// What was passed over, for the message when too little is left.
struct Tally {
  std::int64_t unreadable = 0, empty = 0, again = 0;
  std::string first_error;

  void check(std::int64_t good, const std::string& name, const char* kind, const char* empty_kind) const {
    if (good >= kLeastSamples) return;
    throw_bad_input("{}: {} different {} to calibrate with, {} are needed ({} {}, {} there already, {} unreadable{}{})",
                    name, good, kind, kLeastSamples, empty, empty_kind, again, unreadable,
                    first_error.empty() ? "" : ": ", first_error);
  }
};

template <class Value>
std::string_view bytes_of(const std::vector<Value>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)};
}

bool one_colour(std::span<const std::uint8_t> planes) {
  const std::size_t plane = planes.size() / 3;
  for (std::size_t c = 0; c < 3; ++c) {
    const auto part = planes.subspan(c * plane, plane);
    if (!std::ranges::all_of(part, [&](std::uint8_t value) { return value == part[0]; })) return false;
  }
  return true;
}

}  // namespace

void draw_images(Source<Sample>& source, const std::string& name, const SampleSettings& settings,
                 CalibrationSamples& samples) {
  const auto side = static_cast<std::size_t>(settings.image_size);
  FingerprintSet known;
  Tally tally;
  for (const Sample& sample : draw(source, settings.count)) {
    std::vector<std::uint8_t> planes(3 * side * side);
    try {
      if (!sample.error.empty()) throw_bad_input("{}", sample.error);
      decode_preprocess_u8(std::as_bytes(std::span(sample.bytes)), sample.id, settings.image_size, planes);
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::bad_input) throw;
      if (tally.unreadable++ == 0) tally.first_error = error.what();
      continue;
    }
    if (one_colour(planes)) {
      ++tally.empty;
    } else if (!known.insert(bytes_of(planes))) {
      ++tally.again;
    } else {
      samples.pixels.insert(samples.pixels.end(), planes.begin(), planes.end());
      ++samples.images;
    }
  }
  tally.check(samples.images, name, "pictures", "of one colour");
}

void draw_texts(Source<Text>& source, const std::string& name, const SampleSettings& settings,
                CalibrationSamples& samples) {
  FingerprintSet known;
  Tally tally;
  for (const Text& text : draw(source, settings.count)) {
    std::vector<std::int32_t> ids;
    try {
      if (!text.error.empty()) throw_bad_input("{}", text.error);
      ids = Tokenizer::chinese().encode(text.text, settings.context_length, TextVariant::training).ids;
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::bad_input) throw;
      if (tally.unreadable++ == 0) tally.first_error = error.what();
      continue;
    }
    if (ids.size() <= 2) {
      ++tally.empty;
    } else if (!known.insert(bytes_of(ids))) {
      ++tally.again;
    } else {
      samples.ids.insert(samples.ids.end(), ids.begin(), ids.end());
      samples.lengths.push_back(static_cast<std::int32_t>(ids.size()));
    }
  }
  tally.check(static_cast<std::int64_t>(samples.lengths.size()), name, "texts", "without words");
}

}  // namespace cnclip
