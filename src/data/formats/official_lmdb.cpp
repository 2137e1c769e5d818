#include "data/formats/official_lmdb.h"

#include <charconv>

#include "base/base64.h"
#include "base/error.h"

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

std::string image_place(const LmdbFile& images, const std::string& id) {
  return fmt::format("{}: image {}", images.name(), id);
}
std::string pair_place(const LmdbFile& pairs, std::uint64_t number) {
  return fmt::format("{}: pair {}", pairs.name(), number);
}

std::string image_bytes(std::string_view base64, const std::string& place) {
  if (base64.size() > kMaxLineBytes) throw_bad_input("{}: more than {} bytes", place, kMaxLineBytes);
  auto bytes = decode_base64(base64);
  if (!bytes) throw_bad_input("{}: the base64 is cut short", place);
  return std::move(*bytes);
}

PickledPair pair_of(std::optional<std::string_view> record, const std::string& place) {
  if (!record) throw_bad_input("{}: is missing", place);
  if (record->size() > kMaxTextBytes) throw_bad_input("{}: more than {} bytes", place, kMaxTextBytes);
  return read_pickled_pair(*record, place);
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
    sample.where = image_place(file_, sample.id);
    try {
      sample.bytes = image_bytes(record->value, sample.where);
      sample.base64 = record->value;
    } catch (const Error& broken) {
      sample.error = broken.what();
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
  explicit PairLmdb(const std::filesystem::path& folder) : file_(folder), pairs_(count_lmdb_pairs(file_)) {}

  std::optional<Text> next() override {
    if (next_ >= pairs_) return {};
    return read(next_, next_);
  }
  Text at(std::uint64_t place) override {
    std::uint64_t end = 0;
    return read(place, end);
  }

 private:
  // A broken tree throws; a broken record is `error`.
  std::optional<PickledPair> pair(std::uint64_t number, std::string& error) const {
    const auto record = file_.find(std::to_string(number));
    try {
      return pair_of(record, pair_place(file_, number));
    } catch (const Error& broken) {
      error = broken.what();
      return {};
    }
  }

  // `end` becomes the number of the pair behind the text's last.
  Text read(std::uint64_t first, std::uint64_t& end) const {
    Text text;
    text.place = first;
    text.where = pair_place(file_, first);
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
  std::uint64_t pairs_, next_ = 0;
};

}  // namespace

bool is_lmdb_split(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / "imgs" / "data.mdb") ||
         std::filesystem::exists(folder / "pairs" / "data.mdb");
}

std::optional<std::filesystem::path> find_lmdb_split(const std::filesystem::path& folder, const std::string& split) {
  for (const auto& inner : {folder / split, folder / "lmdb" / split}) {
    if (is_lmdb_split(inner)) return inner;
  }
  return {};
}

std::unique_ptr<Source<Sample>> open_image_lmdb(const std::filesystem::path& folder) {
  return std::make_unique<ImageLmdb>(folder);
}

std::unique_ptr<TextReader> open_pair_lmdb(const std::filesystem::path& folder) {
  return std::make_unique<PairLmdb>(folder);
}

std::uint64_t count_lmdb_pairs(const LmdbFile& pairs) {
  const auto count = count_in(pairs, kPairCount);
  if (!count) throw_bad_input("{}: no count under {}: not the official pairs", pairs.name(), kPairCount);
  if (*count >= pairs.entries()) {
    throw_bad_input("{}: {} is {}, but there are {} records", pairs.name(), kPairCount, *count, pairs.entries());
  }
  return *count;
}

PickledPair read_lmdb_pair(const LmdbFile& pairs, std::uint64_t number) {
  return pair_of(pairs.find(std::to_string(number)), pair_place(pairs, number));
}

std::string read_lmdb_image(const LmdbFile& images, const std::string& id) {
  const std::string place = image_place(images, id);
  const auto value = images.find(id);
  if (!value) throw_bad_input("{}: is missing", place);
  return image_bytes(*value, place);
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
