#include <algorithm>

#include "base/error.h"
#include "base/lines.h"
#include "data/formats/official.h"
#include "loader/pair_ids.h"
#include "loader/pair_stores.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Where the line of an image begins, by its id.
class ImageLines {
 public:
  explicit ImageLines(const fs::path& tsv) : lines_(tsv, kMaxLineBytes) {
    while (const auto line = lines_.next()) {
      const std::string_view text = stripped(line->text);
      if (const std::size_t tab = text.find('\t'); tab != std::string_view::npos) {
        entries_.push_back({pair_id(text.substr(0, tab)), line->offset});
      }
    }
    std::ranges::sort(entries_);
  }

  std::string read(const std::string& id) const {
    // The first of several lines is the image, as when it is converted.
    const auto entry = std::ranges::lower_bound(entries_, Entry{pair_id(id), 0});
    if (entry == entries_.end() || entry->id != pair_id(id)) throw_bad_input("{}: has no image {}", lines_.name(), id);
    const std::string place = fmt::format("{}: byte {}", lines_.name(), entry->offset);
    Sample sample = parse_image_line(lines_.at(entry->offset).text, place);
    if (!sample.error.empty()) throw_bad_input("{}", sample.error);
    if (sample.id != id) throw_bad_input("{}: image {} is not there any more", place, id);
    return std::move(sample.bytes);
  }
  const std::string& name() const { return lines_.name(); }

 private:
  struct Entry {
    std::int64_t id;
    std::uint64_t offset;
    auto operator<=>(const Entry&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 takes its 0 for one
  };
  LineReader lines_;
  std::vector<Entry> entries_;  // sorted
};

class OfficialPairs : public PairStore {
 public:
  OfficialPairs(const fs::path& images, const fs::path& texts) : images_(images), texts_(texts, kMaxTextBytes) {
    while (const auto line = texts_.next()) {
      const Text text = parse(*line);
      const std::size_t pairs = text.error.empty() ? text.image_ids.size() : 1;  // get() tells what is wrong
      for (std::size_t i = 0; i < pairs; ++i) pairs_.push_back({line->offset, i});
    }
  }

  std::size_t size() const override { return pairs_.size(); }
  Pair get(std::size_t index, PairParts parts) const override {
    const auto& [offset, which] = pairs_[index];
    Text text = parse(texts_.at(offset));
    if (!text.error.empty()) throw_bad_input("{}", text.error);
    if (which >= text.image_ids.size()) throw_bad_input("{}: has changed since it was opened", text.where);
    const std::string& id = text.image_ids[which].text;
    try {
      std::string image = parts == PairParts::all ? images_.read(id) : "";
      return {pair_id(id), pair_id(text.text), std::move(image), std::move(text.text),
              fmt::format("{}: image {}", images_.name(), id)};
    } catch (const Error& error) {
      throw_bad_input("{}: {}", text.where, error.what());
    }
  }

 private:
  struct Place {
    std::uint64_t offset;  // of the text's line
    std::size_t which;     // of its images
  };

  Text parse(const Line& line) const {
    std::string where = fmt::format("{}: byte {}", texts_.name(), line.offset);
    if (!line.too_long) return parse_text_line(line.text, std::move(where), TextFields::captions);
    Text text;
    text.error = fmt::format("{}: more than {} bytes", where, kMaxTextBytes);
    return text;
  }

  ImageLines images_;
  LineReader texts_;
  std::vector<Place> pairs_;
};

}  // namespace

std::shared_ptr<const PairStore> open_official_pairs(const fs::path& images, const fs::path& texts) {
  return std::make_shared<OfficialPairs>(images, texts);
}

}  // namespace cnclip
