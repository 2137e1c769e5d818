// Records to be cleaned: a caption, and what it is the caption of.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "data/dataset.h"

namespace cnclip::clean {

struct Row {
  std::string raw;       // the record as it stands in its file, line end included
  std::string caption;   // as it stands there, spaces at its ends too
  std::string picture;   // url or id of the picture, where the record has one: what tells two pictures apart
  std::size_t line = 0;  // of open_pairs, counted from 1: rows of one line have the same
  bool broken = false;   // no record of its format
};

// Not for two threads at once. Throws bad_input for a file that cannot be read or a row longer than kMaxRow.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::optional<Row> next() = 0;
  virtual bool skip() = 0;  // as next(), but without looking into the row; false at the end
  // What stands before the first row, to be copied: the names of the columns.
  virtual std::string header() const { return {}; }
};

inline constexpr std::size_t kMaxRow = std::size_t{1} << 20;

// .jsonl: objects with "text" or "caption", and "url" where there is one. .csv (RFC 4180) and .tsv: a first line of
// names, among them text or caption. Any other file: a caption a line.
std::unique_ptr<RowSource> open_rows(const std::filesystem::path& file);

// Official texts: a row for every picture of every line, the line being `raw` of each. A line that names no picture is
// one row.
std::unique_ptr<RowSource> open_pairs(const std::filesystem::path& jsonl);
// The same of a data set of any form; `raw` is what the line would be in an official file. The data set must outlive
// it.
std::unique_ptr<RowSource> open_pairs(const Dataset& dataset);

}  // namespace cnclip::clean
