#include <algorithm>
#include <vector>

#include "clean/lines.h"
#include "clean/rows.h"
#include "data/formats/bounded_json.h"
#include "data/formats/official.h"
#include "text/utf8.h"

namespace cnclip::clean {
namespace {

// A row for every picture of every text.
class PairRows : public RowSource {
 public:
  std::optional<Row> next() override {
    if (at_ == pictures_.size() && !advance()) return {};
    Row row = text_;
    row.picture = pictures_[at_++];
    return row;
  }
  bool skip() override {
    if (at_ == pictures_.size() && !advance()) return false;
    ++at_;
    return true;
  }

 private:
  // The next text and the ids of its pictures; false at the end.
  virtual bool read(Row& text, std::vector<std::string>& pictures) = 0;

  bool advance() {
    text_ = {};
    text_.line = ++count_;
    pictures_.clear();
    at_ = 0;
    if (!read(text_, pictures_)) return false;
    if (pictures_.empty()) pictures_.emplace_back();
    return true;
  }

  Row text_;
  std::vector<std::string> pictures_;
  std::size_t at_ = 0, count_ = 0;
};

class OfficialRows : public PairRows {
 public:
  explicit OfficialRows(const std::filesystem::path& jsonl) : lines_(jsonl, kMaxRow) {}

 private:
  bool read(Row& text, std::vector<std::string>& pictures) override {
    if (!lines_.next(text.raw)) return false;
    const auto json = parse_bounded_json(without_end(text.raw));
    const auto ids = json.find("image_ids");
    text.broken = !json.is_object() || !json.contains("text") || !json["text"].is_string() || ids == json.end() ||
                  !ids->is_array();
    if (text.broken) return true;
    text.caption = json["text"].get<std::string>();
    for (const auto& id : *ids) pictures.push_back(id.is_string() ? id.get<std::string>() : id.dump());
    return true;
  }

  Lines lines_;
};

class DatasetRows : public PairRows {
 public:
  explicit DatasetRows(const Dataset& dataset) : texts_(dataset.texts()) {}

 private:
  bool read(Row& row, std::vector<std::string>& pictures) override {
    const auto text = texts_->next();
    if (!text) return false;
    row.caption = text->text;
    row.broken =
        !text->error.empty() || !is_utf8(text->text) || !is_utf8(text->id.text) ||
        !std::all_of(text->image_ids.begin(), text->image_ids.end(), [](const Id& id) { return is_utf8(id.text); });
    if (row.broken) {
      row.raw = text->error.empty() ? text->text : text->error;
      return true;
    }
    row.raw = text_line(*text);
    for (const Id& id : text->image_ids) pictures.push_back(id.text);
    return true;
  }

  std::unique_ptr<cnclip::Source<Text>> texts_;
};

}  // namespace

std::unique_ptr<RowSource> open_pairs(const std::filesystem::path& jsonl) {
  return std::make_unique<OfficialRows>(jsonl);
}

std::unique_ptr<RowSource> open_pairs(const Dataset& dataset) {
  return std::make_unique<DatasetRows>(dataset);
}

}  // namespace cnclip::clean
