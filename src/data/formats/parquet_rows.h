// Rows of one Parquet file as rows of a table of captions: one row group after the other, a batch of rows at a time, so
// that memory does not grow with the file. Columns that nest (lists, structs) are passed over.
#pragma once

#include "data/formats/caption_table.h"

namespace cnclip {

class ParquetRows {
 public:
  // With `pictures` false, pictures that lie in the table are not read: TableRow::bytes is empty then. Throws bad_input
  // for what is no Parquet file, and when there is no column of captions or none of pictures or addresses.
  ParquetRows(const std::filesystem::path& path, bool pictures);
  ~ParquetRows();

  // Throws bad_input with row group and column where the file is damaged. A row whose caption is null has an error.
  std::optional<TableRow> next();
  // next() gives this row, counted from 0.
  void seek(std::uint64_t row);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnclip
