#include "clean/rows.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "clean/lines.h"
#include "data/formats/bounded_json.h"

namespace cnclip::clean {
namespace {

using Fields = std::vector<std::string>;

constexpr std::array kCaptionNames = {"caption", "text"};
constexpr std::array kPictureNames = {"url", "image", "image_id"};

class LineRows : public RowSource {
 public:
  explicit LineRows(const std::filesystem::path& file) : lines_(file, kMaxRow) {}
  std::optional<Row> next() override {
    Row row;
    if (!lines_.next(row.raw)) return {};
    read(row);
    return row;
  }
  bool skip() override {
    scratch_.clear();
    return lines_.next(scratch_);
  }

 protected:
  virtual void read(Row& row) { row.caption = without_end(row.raw); }
  Lines lines_;

 private:
  std::string scratch_;
};

class JsonRows : public LineRows {
 public:
  using LineRows::LineRows;

 protected:
  void read(Row& row) override {
    const auto json = parse_bounded_json(without_end(row.raw));
    const auto text_of = [&](const auto& names) -> const std::string* {
      for (const char* name : names) {
        const auto found = json.find(name);
        if (found != json.end() && found->is_string()) return found->template get_ptr<const std::string*>();
      }
      return nullptr;
    };
    const std::string* caption = json.is_object() ? text_of(kCaptionNames) : nullptr;
    if (caption == nullptr) {
      row.broken = true;
      return;
    }
    row.caption = *caption;
    if (const std::string* picture = text_of(kPictureNames)) row.picture = *picture;
  }
};

class TableRows : public RowSource {
 public:
  TableRows(const std::filesystem::path& file, char separator) : lines_(file, kMaxRow), separator_(separator) {
    Fields names;
    if (!read_record(header_, &names)) throw_bad_input("{}: is empty, a line of names is needed", lines_.path());
    if (names[0].starts_with("\ufeff")) names[0].erase(0, 3);
    columns_ = names.size();
    caption_ = column(names, kCaptionNames);
    picture_ = column(names, kPictureNames);
    if (caption_ == columns_) {
      throw_bad_input("{}: line 1 names no column caption or text, but \"{}\"", lines_.path(), without_end(header_));
    }
  }

  std::string header() const override { return header_; }
  std::optional<Row> next() override {
    Row row;
    Fields fields;
    if (!read_record(row.raw, &fields)) return {};
    if (fields.size() != columns_) {
      row.broken = true;
      return row;
    }
    row.caption = std::move(fields[caption_]);
    if (picture_ < columns_) row.picture = std::move(fields[picture_]);
    return row;
  }
  bool skip() override {
    scratch_.clear();
    return read_record(scratch_, nullptr);
  }

 private:
  template <class Names>
  static std::size_t column(const Fields& fields, const Names& names) {
    for (const char* name : names) {
      const auto found = std::find(fields.begin(), fields.end(), name);
      if (found != fields.end()) return static_cast<std::size_t>(found - fields.begin());
    }
    return fields.size();
  }

  // A record with its line end into `raw`, its fields without quotes into `fields`. Quotes are CSV's only; there, lines
  // go on until they are closed.
  bool read_record(std::string& raw, Fields* fields) {
    if (!lines_.next(raw)) return false;
    bool open = false;
    for (std::size_t from = 0; separator_ == ',';) {
      open ^= std::count(raw.begin() + static_cast<std::ptrdiff_t>(from), raw.end(), '"') % 2 == 1;
      from = raw.size();
      if (!open || !lines_.next(raw)) break;
    }
    if (fields != nullptr) split(without_end(raw), *fields);
    return true;
  }
  void split(std::string_view record, Fields& fields) const {
    fields.emplace_back();
    bool quoted = false;
    for (std::size_t i = 0; i < record.size(); ++i) {
      const char c = record[i];
      if (separator_ == ',' && c == '"') {
        if (quoted && i + 1 < record.size() && record[i + 1] == '"')
          fields.back() += record[i++];
        else
          quoted = !quoted;
      } else if (c == separator_ && !quoted) {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
  }

  Lines lines_;
  char separator_;
  std::string header_, scratch_;
  std::size_t columns_ = 0, caption_ = 0, picture_ = 0;
};

}  // namespace

std::unique_ptr<RowSource> open_rows(const std::filesystem::path& file) {
  const auto extension = file.extension();
  if (extension == ".jsonl") return std::make_unique<JsonRows>(file);
  if (extension == ".csv") return std::make_unique<TableRows>(file, ',');
  if (extension == ".tsv") return std::make_unique<TableRows>(file, '\t');
  return std::make_unique<LineRows>(file);
}

}  // namespace cnclip::clean
