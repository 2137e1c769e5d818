#include "data/formats/official_lmdb.h"

#include <charconv>

#include "base/base64.h"
#include "base/error.h"
#include "data/formats/pickled_pair.h"

namespace cnclip {
namespace {

constexpr std::string_view kImageCount = "num_images", kPairCount = "num_samples";

std::optional<std::uint64_t> count_in(const LmdbFile& file, std::string_view key) {
  const auto text = file.find(key);
  if (!text) return {};
  std::uint64_t count = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (error != std::errc() || stop != text->data() + text->size()) return {};
  return count;
}

class ImageLmdb : public Source<Sample> {
 public:
  explicit ImageLmdb(const std::filesystem::path& folder) : file_(folder), cursor_(file_) {}

  std::optional<Sample> next() override {
    auto record = cursor_.next();
    if (record && record->key == kImageCount) record = cursor_.next();
    if (!record) return {};
    Sample sample;
    sample.id = record->key;
    sample.where = fmt::format("{}: image {}", file_.name(), sample.id);
    if (record->value.size() > kMaxLineBytes) {
      sample.error = fmt::format("{}: more than {} bytes", sample.where, kMaxLineBytes);
    } else if (auto bytes = decode_base64(record->value)) {
      sample.bytes = std::move(*bytes);
      sample.base64 = record->value;
    } else {
      sample.error = fmt::format("{}: the base64 is cut short", sample.where);
    }
    return sample;
  }
  std::optional<std::size_t> count() const override { return file_.entries() - (file_.find(kImageCount) ? 1 : 0); }

 private:
  LmdbFile file_;
  LmdbFile::Cursor cursor_;
};

class PairLmdb : public TextReader {
 public:
  explicit PairLmdb(const std::filesystem::path& folder) : file_(folder) {
    const auto count = count_in(file_, kPairCount);
    if (!count) throw_bad_input("{}: no count under {}: not the official pairs", file_.name(), kPairCount);
    if (*count >= file_.entries()) {
      throw_bad_input("{}: {} is {}, but there are {} records", file_.name(), kPairCount, *count, file_.entries());
    }
    pairs_ = *count;
  }

  std::optional<Text> next() override {
    if (next_ >= pairs_) return {};
    return read(next_, next_);
  }
  Text at(std::uint64_t place) override {
    std::uint64_t end = 0;
    return read(place, end);
  }

 private:
  std::string where(std::uint64_t number) const { return fmt::format("{}: pair {}", file_.name(), number); }

  // A broken tree throws; a broken record is `error`.
  std::optional<Pair> pair(std::uint64_t number, std::string& error) const {
    const auto value = file_.find(std::to_string(number));
    try {
      if (!value) throw_bad_input("{}: is missing; {} is {}", where(number), kPairCount, pairs_);
      if (value->size() > kMaxTextBytes) throw_bad_input("{}: more than {} bytes", where(number), kMaxTextBytes);
      return read_pickled_pair(*value, where(number));
    } catch (const Error& broken) {
      error = broken.what();
      return {};
    }
  }

  // `end` becomes the number of the pair behind the text's last.
  Text read(std::uint64_t first, std::uint64_t& end) const {
    Text text;
    text.place = first;
    text.where = where(first);
    for (end = first; end < pairs_; ++end) {
      std::string error;
      auto next = pair(end, error);
      if (end == first) {
        if (!next) {
          text.error = error;
          ++end;
          break;
        }
        text.id = next->text_id;
        text.text = next->text;
      } else if (!next || next->text_id != text.id || next->text != text.text) {
        break;
      }
      text.image_ids.push_back(std::move(next->image_id));
    }
    return text;
  }

  LmdbFile file_;
  std::uint64_t pairs_ = 0, next_ = 0;
};

}  // namespace

std::unique_ptr<Source<Sample>> open_image_lmdb(const std::filesystem::path& folder) {
  return std::make_unique<ImageLmdb>(folder);
}

std::unique_ptr<TextReader> open_pair_lmdb(const std::filesystem::path& folder) {
  return std::make_unique<PairLmdb>(folder);
}

void check_official_lmdb(const std::filesystem::path& split, const std::function<void(const std::string&)>& fault) {
  for (const auto& [folder, key, what] : {std::tuple{"imgs", kImageCount, "images"}, {"pairs", kPairCount, "pairs"}}) {
    const LmdbFile file(split / folder);
    const auto count = count_in(file, key);
    const std::uint64_t records = file.entries() - (file.find(key) ? 1 : 0);
    if (!count) {
      fault(fmt::format("{}: no count under {}", file.name(), key));
    } else if (*count != records) {
      fault(fmt::format("{}: {} is {}, but there are {} {}", file.name(), key, *count, records, what));
    }
  }
}

}  // namespace cnclip
