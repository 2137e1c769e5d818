#include "clean/score.h"

#include <algorithm>
#include <numeric>

#include "clean/text_rules.h"
#include "cnclip/encoder.h"

namespace cnclip::clean {
namespace {

constexpr std::size_t kPicturesAChunk = 128;
constexpr std::size_t kRowsAChunk = 1024;
constexpr std::size_t kCachedChunks = 128;
constexpr float kUnfit = -2;  // below every cosine

// Which pictures the rows left are about.
std::vector<bool> wanted_pictures(const SourceFiles& files, const Pictures& pictures,
                                  const std::vector<std::uint8_t>& verdicts) {
  std::vector<bool> wanted(pictures.size());
  const auto rows = files.open();
  for (const std::uint8_t verdict : verdicts) {
    const auto row = rows->next();
    if (!row || verdict != kPasses) continue;
    if (const auto picture = pictures.find(hash64(row->picture))) wanted[*picture] = true;
  }
  return wanted;
}

// Rows of features, all 0 for pictures that are not wanted or cannot be read.
class PictureFeatures {
 public:
  PictureFeatures(Encoder& encoder, const std::filesystem::path& work)
      : encoder_(encoder), store_(work, "features"), cache_(kCachedChunks) {}

  void find(const SourceFiles& source, const std::vector<bool>& wanted, int workers) {
    const auto images = source.images();
    const int size = encoder_.image_size();
    const std::size_t picture_bytes = std::size_t{3} * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    std::size_t index = 0;
    const auto produce = [&]() -> std::optional<std::pair<std::size_t, ImageItem>> {
      for (;;) {
        auto item = images->next();
        if (!item) return {};
        const std::size_t here = index++;
        if (store_.has(here / kPicturesAChunk)) continue;
        if (here >= wanted.size() || !wanted[here]) *item = {};
        return std::pair{here, std::move(*item)};
      }
    };
    using Pixels = std::pair<std::size_t, std::vector<std::uint8_t>>;
    OrderedPipeline<std::pair<std::size_t, ImageItem>, Pixels> pipeline(
        workers, kPicturesAChunk, produce, [&](const std::pair<std::size_t, ImageItem>& numbered) {
          Pixels pixels{numbered.first, {}};
          const ImageItem& item = numbered.second;
          if (item.bytes.empty()) return pixels;
          try {
            pixels.second.resize(picture_bytes);
            decode_preprocess_u8(std::as_bytes(std::span(item.bytes)), item.id, size, pixels.second);
          } catch (const Error& error) {
            if (error.category() != ErrorCategory::bad_input) throw;
            pixels.second.clear();
          }
          return pixels;
        });
    std::vector<std::vector<std::uint8_t>> chunk;
    std::size_t number = 0;
    while (auto pixels = pipeline.next()) {
      const std::size_t of = pixels->first / kPicturesAChunk;
      if (of != number && !chunk.empty()) write(number, chunk);
      number = of;
      chunk.push_back(std::move(pixels->second));
    }
    if (!chunk.empty()) write(number, chunk);
  }

  std::span<const float> row(std::size_t picture) {
    const std::size_t number = picture / kPicturesAChunk;
    auto& [held, values] = cache_[number % kCachedChunks];
    if (values.empty() || held != number) {
      values = store_.read(number);
      held = number;
    }
    const auto columns = static_cast<std::size_t>(encoder_.embed_dim());
    return std::span<const float>(values).subspan(picture % kPicturesAChunk * columns, columns);
  }

 private:
  void write(std::size_t number, std::vector<std::vector<std::uint8_t>>& chunk) {
    const auto columns = static_cast<std::size_t>(encoder_.embed_dim());
    std::vector<float> features(chunk.size() * columns);
    std::vector<std::uint8_t> pixels;
    std::vector<std::size_t> places;
    const auto flush = [&] {
      if (places.empty()) return;
      const FeatureMatrix found = encoder_.encode_pixels(pixels);
      for (std::size_t i = 0; i < places.size(); ++i) {
        const auto row = found.row(static_cast<std::int64_t>(i));
        std::copy(row.begin(), row.end(), features.begin() + static_cast<std::ptrdiff_t>(places[i] * columns));
      }
      pixels.clear();
      places.clear();
    };
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      if (chunk[i].empty()) continue;
      pixels.insert(pixels.end(), chunk[i].begin(), chunk[i].end());
      places.push_back(i);
      if (static_cast<std::int64_t>(places.size()) == encoder_.image_batch()) flush();
    }
    flush();
    store_.write(number, features);
    chunk.clear();
  }

  Encoder& encoder_;
  FactStore<float> store_;
  std::vector<std::pair<std::size_t, std::vector<float>>> cache_;
};

// The cosines of a chunk's rows with their pictures; kUnfit where there is nothing to compare.
std::vector<float> cosines(Encoder& encoder, PictureFeatures& features, const Pictures& pictures,
                           const std::vector<std::optional<Row>>& rows) {
  std::vector<std::string> texts;
  std::vector<std::size_t> text_of(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i]) continue;
    const std::string_view text = trimmed(rows[i]->caption);
    if (texts.empty() || texts.back() != text) texts.emplace_back(text);  // a line's rows have one text
    text_of[i] = texts.size() - 1;
  }
  std::vector<float> scores(rows.size(), kUnfit);
  if (texts.empty()) return scores;
  const FeatureMatrix encoded = encoder.encode_texts(texts);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto picture = rows[i] ? pictures.find(hash64(rows[i]->picture)) : std::nullopt;
    if (!picture) continue;
    const auto a = features.row(*picture), b = encoded.row(static_cast<std::int64_t>(text_of[i]));
    const bool read = std::any_of(a.begin(), a.end(), [](float v) { return v != 0; });
    if (read) scores[i] = std::inner_product(a.begin(), a.end(), b.begin(), 0.0f);
  }
  return scores;
}

}  // namespace

void drop_by_score(const Score& rule, const SourceFiles& files, const Pictures& pictures,
                   const std::filesystem::path& work, int workers, std::vector<std::uint8_t>& verdicts) {
  Encoder encoder(rule.model);
  PictureFeatures features(encoder, work);
  features.find(files, wanted_pictures(files, pictures, verdicts), workers);
  const FactStore<float> store(work, "scores");
  const auto rows = files.open();
  for (std::size_t begin = 0; begin < verdicts.size(); begin += kRowsAChunk) {
    const std::size_t end = std::min(begin + kRowsAChunk, verdicts.size()), chunk = begin / kRowsAChunk;
    std::vector<std::optional<Row>> wanted;
    for (std::size_t i = begin; i < end; ++i) {
      auto row = rows->next();
      if (!row || verdicts[i] != kPasses) row.reset();
      wanted.push_back(std::move(row));
    }
    if (!store.has(chunk)) store.write(chunk, cosines(encoder, features, pictures, wanted));
    const std::vector<float> scores = store.read(chunk);
    for (std::size_t i = begin; i < end; ++i) {
      const bool unfit = i - begin >= scores.size() || !(scores[i - begin] >= rule.least);
      if (verdicts[i] == kPasses && unfit) verdicts[i] = static_cast<std::uint8_t>(Rule::score);
    }
  }
}

}  // namespace cnclip::clean
