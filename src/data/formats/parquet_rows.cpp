#include "data/formats/parquet_rows.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <utility>

#include "base/error.h"
#include "data/formats/parquet_values.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kBatchRows = 1024;
constexpr std::int64_t kPictureBatchRows = 32;              // a row may hold a whole picture
constexpr std::int64_t kPageBuffer = 1 << 20;               // of a column's chunk, read at a time
constexpr std::int64_t kMaxMemory = std::int64_t{1} << 30;  // a page may claim 2 GiB

// Arrow tells of trouble by statuses and by exceptions, its own and the standard library's.
template <class Call>
auto guarded(const std::string& place, Call&& call) {
  try {
    auto result = call();
    if (result.ok()) return std::move(result).ValueUnsafe();
    throw_bad_input("{}: {}", place, result.status().message());
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw_bad_input("{}: {}", place, error.what());
  }
}

struct Column {
  std::string name;
  int leaf = 0;
  bool picture = false;  // holds the bytes of pictures
  std::unique_ptr<arrow::RecordBatchReader> reader;
  std::shared_ptr<arrow::Array> batch;
};

}  // namespace

struct ParquetRows::Impl {
  Impl(const std::filesystem::path& path, bool pictures)
      : name(path.string()), pool(arrow::default_memory_pool(), kMaxMemory) {
    file = guarded(name, [&] { return open(); });
    choose_columns(pictures);
    group_rows.resize(static_cast<std::size_t>(file->num_row_groups()));
    for (int each = 0; each < file->num_row_groups(); ++each) {
      const std::int64_t rows = guarded(place_of(each), [&] {
        return arrow::Result<std::int64_t>(file->parquet_reader()->metadata()->RowGroup(each)->num_rows());
      });
      if (rows < 0) throw_bad_input("{}: {} rows", place_of(each), rows);
      group_rows[static_cast<std::size_t>(each)] = static_cast<std::uint64_t>(rows);
    }
  }

  arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> open() {
    parquet::ReaderProperties properties(&pool);
    properties.enable_buffered_stream();
    properties.set_buffer_size(kPageBuffer);
    properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties arrow_properties(false);
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_batch_size(kBatchRows);
    ARROW_ASSIGN_OR_RAISE(auto input, arrow::io::ReadableFile::Open(name, &pool));
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(std::move(input), properties));
    return builder.memory_pool(&pool)->properties(arrow_properties)->Build();
  }

  void choose_columns(bool pictures) {
    bool captions = false, images = false;
    for (const auto& field : file->manifest().schema_fields) {
      const std::string& column = field.field->name();
      const arrow::DataType& type = *field.field->type();
      const TableColumn kind = table_column_of(column);
      const auto* bytes = kind == TableColumn::image ? picture_leaf(field) : nullptr;
      captions = captions || kind == TableColumn::caption;
      images = images || kind == TableColumn::image || kind == TableColumn::url;
      if (bytes != nullptr) {
        embedded = true;
        if (!pictures) continue;
        file->set_batch_size(kPictureBatchRows);
        columns.push_back({column, bytes->column_index, true, nullptr, nullptr});
        continue;
      }
      const bool id = kind == TableColumn::image_id || kind == TableColumn::text_id;
      if (kind != TableColumn::other && !is_text_type(type) && !(id && is_integer_type(type)))
        throw_bad_input("{}: column {}: is {}, not text", name, column, type.ToString());
      if (field.is_leaf()) columns.push_back({column, field.column_index, false, nullptr, nullptr});
    }
    if (!images) throw_bad_input("{}: names neither a column of images nor of addresses (url)", name);
    if (!captions) throw_bad_input("{}: names no column of captions (caption, text, title)", name);
  }

  // A column of bytes, or Hugging Face's struct of bytes and path.
  static const parquet::arrow::SchemaField* picture_leaf(const parquet::arrow::SchemaField& field) {
    if (field.is_leaf()) return is_bytes_type(*field.field->type()) ? &field : nullptr;
    if (field.field->type()->id() != arrow::Type::STRUCT) return nullptr;
    for (const auto& child : field.children) {
      if (child.is_leaf() && child.field->name() == "bytes" && is_bytes_type(*child.field->type())) return &child;
    }
    return nullptr;
  }

  std::string place_of(int at_group) const { return fmt::format("{}: row group {}", name, at_group); }

  void enter(int next_group) {
    group = next_group;
    batch_begin = batch_rows = 0;
    for (Column& column : columns) {
      column.batch = nullptr;
      column.reader = guarded(fmt::format("{}: column {}", place_of(group), column.name),
                              [&] { return file->GetRecordBatchReader({group}, {column.leaf}); });
    }
  }

  // The batch after this one, of all columns.
  void fill() {
    batch_begin += batch_rows;
    batch_rows = 0;
    for (Column& column : columns) {
      const std::string place = fmt::format("{}: column {}", place_of(group), column.name);
      column.batch = guarded(place, [&]() -> arrow::Result<std::shared_ptr<arrow::Array>> {
        ARROW_ASSIGN_OR_RAISE(auto batch, column.reader->Next());
        if (batch == nullptr) return nullptr;
        std::shared_ptr<arrow::Array> array = batch->column(0);
        if (column.picture && array->type_id() == arrow::Type::STRUCT) {
          ARROW_ASSIGN_OR_RAISE(array, static_cast<const arrow::StructArray&>(*array).GetFlattenedField(0));
        }
        ARROW_RETURN_NOT_OK(array->Validate());
        return array;
      });
      const std::uint64_t rows = column.batch ? static_cast<std::uint64_t>(column.batch->length()) : 0;
      if (&column == columns.data()) batch_rows = rows;
      if (rows == 0 || rows != batch_rows) {
        throw_bad_input("{}: {} values, the row group claims {}", place, batch_begin + rows,
                        group_rows[static_cast<std::size_t>(group)]);
      }
    }
  }

  std::optional<TableRow> next() {
    for (;;) {
      if (group >= file->num_row_groups()) return {};
      if (group >= 0 && at < group_rows[static_cast<std::size_t>(group)]) break;
      if (group >= 0) group_begin += group_rows[static_cast<std::size_t>(group)];
      at = 0;
      if (group + 1 == file->num_row_groups()) {
        group = file->num_row_groups();
        return {};
      }
      enter(group + 1);
    }
    while (at >= batch_begin + batch_rows) fill();
    TableRow row = row_at(static_cast<std::int64_t>(at - batch_begin));
    row.place = group_begin + at++;
    return row;
  }

  void seek(std::uint64_t row) {
    std::uint64_t begin = 0;
    int found = 0;
    while (found < file->num_row_groups() && row - begin >= group_rows[static_cast<std::size_t>(found)])
      begin += group_rows[static_cast<std::size_t>(found++)];
    if (found == file->num_row_groups()) throw_bad_input("{}: has no row {}", name, row + 1);
    if (found != group || row - begin < batch_begin) enter(found);
    group_begin = begin;
    at = row - begin;
  }

  TableRow row_at(std::int64_t index) const {
    TableRow row;
    row.where = fmt::format("{}: row {}", name, group_begin + at + 1);
    if (embedded) row.bytes.emplace();
    for (const Column& column : columns) {
      Json value = guarded(fmt::format("{}: column {}", row.where, column.name),
                           [&] { return arrow::Result<Json>(json_of(*column.batch, index)); });
      const auto* text = value.get_ptr<const std::string*>();
      if (column.picture) {
        if (text != nullptr && text->size() <= kMaxImageBytes) row.bytes = *text;
      } else if (text != nullptr && text->size() > kMaxTextBytes) {
        row.error = fmt::format("{}: column {}: more than {} bytes", row.where, column.name, kMaxTextBytes);
      } else if (text != nullptr && !is_utf8(*text)) {
        row.error = fmt::format("{}: column {}: is not UTF-8", row.where, column.name);
      } else {
        set_column(row, column.name, value);
      }
    }
    if (embedded && !row.image.empty()) row.metadata["image"] = std::exchange(row.image, {});
    if (row.error.empty() && row.image.empty() && row.url.empty() && !embedded)
      row.error = fmt::format("{}: neither an image nor a url", row.where);
    if (row.error.empty() && !row.caption) row.error = fmt::format("{}: no caption", row.where);
    return row;
  }

  std::string name;
  arrow::CappedMemoryPool pool;
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::vector<std::uint64_t> group_rows;
  std::vector<Column> columns;
  bool embedded = false;  // pictures lie in the table
  int group = -1;
  std::uint64_t group_begin = 0, batch_begin = 0, batch_rows = 0;  // the group in the file, the batch in the group
  std::uint64_t at = 0;                                            // the next row, in the group
};

ParquetRows::ParquetRows(const std::filesystem::path& path, bool pictures)
    : impl_(std::make_unique<Impl>(path, pictures)) {}
ParquetRows::~ParquetRows() = default;

std::optional<TableRow> ParquetRows::next() {
  return impl_->next();
}
void ParquetRows::seek(std::uint64_t row) {
  impl_->seek(row);
}

}  // namespace cnclip
