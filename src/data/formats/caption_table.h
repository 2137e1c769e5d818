// Tables of captions: CSV, TSV, JSONL or Parquet whose rows name a picture's file or its address, and a caption;
// Wukong's and LAION's metadata among them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "data/formats/record.h"

namespace cnclip {

// A row, its columns told apart by their names (in any case):
//   image     image, image_path, file, file_name, filename, filepath, path
//   url       url, image_url
//   caption   caption_zh, caption_cn, caption, text, title
//   image_id, text_id
// All others are metadata. In Parquet, a column of images may hold the pictures themselves.
enum class TableColumn { image, url, caption, image_id, text_id, other };
TableColumn table_column_of(std::string_view name);

struct TableRow {
  std::string image, url;
  std::optional<std::string>
      bytes;  // the picture, where the table holds it; empty: it is missing, or was not asked for
  std::optional<std::string> caption;
  std::optional<Id> image_id, text_id;
  nlohmann::ordered_json metadata = nlohmann::ordered_json::object();
  std::string where, error;
  std::uint64_t place = 0;
};

class CaptionTable : public Source<TableRow> {
 public:
  virtual TableRow at(std::uint64_t place) = 0;
};

// By its extension: .csv, .tsv (both with a first line that names the columns), .jsonl, .parquet; or a folder of
// .parquet parts, in the order of their names. Throws bad_input when there is neither a column of images nor of
// addresses. `pictures` false leaves those out that lie in the table.
std::unique_ptr<CaptionTable> open_caption_table(const std::filesystem::path& path, bool pictures = true);
// What it is read from.
std::vector<std::filesystem::path> caption_table_files(const std::filesystem::path& path);
bool is_table_name(std::string_view name);

// One column's value into the row.
void set_column(TableRow& row, std::string_view column, const nlohmann::ordered_json& value);

}  // namespace cnclip
