#include "encode/encode_inputs.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "encode/encode_pictures.h"

namespace cnclip {
namespace {

using Clock = std::chrono::steady_clock;

// Texts are gathered by thousands, so that each batch has texts of one length.
constexpr std::size_t kTextWindow = 4096;

// Ids stand in a file, one a line.
void check_id(const std::string& id) {
  if (id.find('\n') != std::string::npos) throw_bad_input("{}: a name with a line end in it", id);
}

struct Prepared {
  std::string id;
  std::vector<std::uint8_t> pixels;
  std::string error;
};

Prepared prepare(ImageItem item, int size, const EncodeSettings& settings) {
  Prepared prepared{std::move(item.id), {}, std::move(item.error)};
  if (!prepared.error.empty()) return prepared;
  try {
    check_id(prepared.id);
    prepared.pixels.resize(3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
    decode_preprocess_u8(std::as_bytes(std::span(item.bytes)), prepared.id, size, prepared.pixels, settings.decode,
                         settings.order);
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    prepared.error = error.what();
  } catch (const std::bad_alloc&) {
    prepared.error = fmt::format("{}: not enough memory for this picture", prepared.id);
  }
  if (!prepared.error.empty()) prepared.pixels.clear();
  return prepared;
}

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

EncodeReport encode_image_source(Encoder& encoder, ImageSource& source, FeatureSink& sink,
                                 const EncodeSettings& settings) {
  const int size = encoder.image_size();
  const std::size_t picture = 3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const auto batch = static_cast<std::size_t>(settings.batch > 0 ? settings.batch : encoder.image_batch());
  encoder.encode_pixels(std::vector<std::uint8_t>(batch * picture));  // compiles; start-up is not counted

  EncodeReport report;
  const auto start = Clock::now();
  PictureStages<ImageItem, Prepared> stages;
  stages.produce = [&] { return source.next(); };
  stages.prepare = [&](ImageItem item) { return prepare(std::move(item), size, settings); };
  stages.finish = [&](const Prepared& prepared, std::span<const float> feature) {
    if (feature.empty()) {
      sink.add_error(prepared.id, prepared.error);
      ++report.errors;
    } else {
      sink.add(prepared.id, feature);
      ++report.items;
    }
  };
  stages.batch_done = [&] {
    if (settings.progress) settings.progress(report.items + report.errors, source.count());
    return true;
  };
  encode_pictures(encoder, batch, stages);
  report.seconds = since(start);
  return report;
}

EncodeReport encode_text_source(Encoder& encoder, TextSource& source, FeatureSink& sink,
                                const EncodeSettings& settings) {
  const Tokenizer& tokenizer = Tokenizer::chinese();
  encoder.encode_tokens(std::vector<Tokens>{tokenizer.encode("")});  // compiles; start-up is not counted
  EncodeReport report;
  const auto start = Clock::now();
  std::vector<Tokens> texts;
  std::vector<std::string> ids;
  const auto flush = [&] {
    const FeatureMatrix features = encoder.encode_tokens(texts);
    for (std::size_t i = 0; i < ids.size(); ++i) sink.add(ids[i], features.row(static_cast<std::int64_t>(i)));
    report.items += ids.size();
    texts.clear();
    ids.clear();
    if (settings.progress) settings.progress(report.items + report.errors, source.count());
  };
  while (auto item = source.next()) {
    if (item->error.empty()) {
      try {
        check_id(item->id.text);
        texts.push_back(tokenizer.encode(item->text, settings.context_length, settings.variant));
        report.truncated += texts.back().truncated ? 1 : 0;
        ids.push_back(std::move(item->id.text));
      } catch (const Error& error) {
        if (error.category() != ErrorCategory::bad_input) throw;
        item->error = error.what();
      }
    }
    if (!item->error.empty()) {
      sink.add_error(item->id.text, item->error);
      ++report.errors;
    }
    if (ids.size() == kTextWindow) flush();
  }
  if (!ids.empty()) flush();
  report.seconds = since(start);
  return report;
}

}  // namespace cnclip
