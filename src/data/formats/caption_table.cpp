#include "data/formats/caption_table.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/error.h"
#include "data/formats/bounded_json.h"
#include "data/formats/csv.h"
#include "data/formats/parquet_table.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class CsvTable : public CaptionTable {
 public:
  CsvTable(const fs::path& path, char separator) : reader_(path, separator) {
    const auto header = reader_.next();
    if (header) columns_ = header->fields;
    const bool known = std::any_of(columns_.begin(), columns_.end(), [](const std::string& name) {
      return table_column_of(name) == TableColumn::image || table_column_of(name) == TableColumn::url;
    });
    if (!known) throw_bad_input("{}: line 1: names neither a column of images nor of addresses (url)", reader_.name());
  }

  std::optional<TableRow> next() override {
    auto record = reader_.next();
    if (!record) return {};
    return row(*record, fmt::format("{}: line {}", reader_.name(), record->line));
  }
  TableRow at(std::uint64_t place) override {
    return row(reader_.at(place), fmt::format("{}: byte {}", reader_.name(), place));
  }

 private:
  TableRow row(const CsvRecord& record, std::string where) const {
    TableRow row;
    row.place = record.offset;
    if (!record.error.empty()) {
      row.error = fmt::format("{}: {}", where, record.error);
    } else if (record.fields.size() != columns_.size()) {
      row.error = fmt::format("{}: {} fields, there are {} columns", where, record.fields.size(), columns_.size());
    } else if (!std::all_of(record.fields.begin(), record.fields.end(), is_utf8)) {
      row.error = fmt::format("{}: is not UTF-8", where);
    } else {
      for (std::size_t i = 0; i < columns_.size(); ++i) set_column(row, columns_[i], record.fields[i]);
    }
    row.where = std::move(where);
    return row;
  }

  CsvReader reader_;
  std::vector<std::string> columns_;
};

class JsonlTable : public CaptionTable {
 public:
  explicit JsonlTable(const fs::path& path) : lines_(path, kMaxTextBytes) {}

  std::optional<TableRow> next() override {
    const auto line = lines_.next();
    if (!line) return {};
    return row(*line, fmt::format("{}: line {}", lines_.name(), line->number));
  }
  TableRow at(std::uint64_t place) override {
    return row(lines_.at(place), fmt::format("{}: byte {}", lines_.name(), place));
  }

 private:
  static TableRow row(const Line& line, std::string where) {
    TableRow row;
    row.place = line.offset;
    const Json json = line.too_long ? Json() : parse_bounded_json(line.text);
    if (!json.is_object()) {
      row.error = fmt::format("{}: not a JSON object", where);
    } else {
      for (const auto& [column, value] : json.items()) set_column(row, column, value);
      if (row.image.empty() && row.url.empty()) row.error = fmt::format("{}: neither an image nor a url", where);
    }
    row.where = std::move(where);
    return row;
  }

  LineReader lines_;
};

}  // namespace

TableColumn table_column_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, TableColumn>, 16> kColumns = {{
      {"image", TableColumn::image},
      {"image_path", TableColumn::image},
      {"file", TableColumn::image},
      {"file_name", TableColumn::image},
      {"filename", TableColumn::image},
      {"filepath", TableColumn::image},
      {"path", TableColumn::image},
      {"url", TableColumn::url},
      {"image_url", TableColumn::url},
      {"caption_zh", TableColumn::caption},
      {"caption_cn", TableColumn::caption},
      {"caption", TableColumn::caption},
      {"text", TableColumn::caption},
      {"title", TableColumn::caption},
      {"image_id", TableColumn::image_id},
      {"text_id", TableColumn::text_id},
  }};
  const std::string key = lower(name);
  const auto found =
      std::find_if(kColumns.begin(), kColumns.end(), [&](const auto& each) { return each.first == key; });
  return found == kColumns.end() ? TableColumn::other : found->second;
}

void set_column(TableRow& row, std::string_view column, const Json& value) {
  const TableColumn kind = table_column_of(column);
  if (kind == TableColumn::other) {
    row.metadata[lower(column)] = value;
    return;
  }
  if (value.is_null()) return;
  const std::string text = text_of(value);
  switch (kind) {
    case TableColumn::image: row.image = text; break;
    case TableColumn::url: row.url = text; break;
    case TableColumn::caption:  // a translation goes before what it was made of
      if (!row.caption || lower(column).starts_with("caption_")) row.caption = text;
      break;
    case TableColumn::image_id: row.image_id = id_from_text(text); break;
    case TableColumn::text_id: row.text_id = id_from_text(text); break;
    case TableColumn::other: break;
  }
}

std::vector<fs::path> caption_table_files(const fs::path& path) {
  return fs::is_directory(path) ? parquet_files_in(path) : std::vector{path};
}

std::unique_ptr<CaptionTable> open_caption_table(const fs::path& path, bool pictures) {
  if (path.extension() == ".parquet" || fs::is_directory(path))
    return open_parquet_table(caption_table_files(path), pictures);
  if (path.extension() == ".jsonl") return std::make_unique<JsonlTable>(path);
  return std::make_unique<CsvTable>(path, path.extension() == ".tsv" ? '\t' : ',');
}

bool is_table_name(std::string_view name) {
  return name.ends_with(".csv") || name.ends_with(".tsv") || name.ends_with(".jsonl") || name.ends_with(".parquet");
}

}  // namespace cnclip
