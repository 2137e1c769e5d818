// Tables as text: fields between commas (or tabs), quoted as RFC 4180 has it, so that a field may hold line ends.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/lines.h"

namespace cnclip {

// The fields of a record. Nothing when a quote is still open at the end of the text.
std::optional<std::vector<std::string>> parse_csv(std::string_view text, char separator);
std::string csv_line(const std::vector<std::string>& fields, char separator);

struct CsvRecord {
  std::vector<std::string> fields;
  std::uint64_t offset = 0;
  std::size_t line = 0;  // its first; 0 for one that was read by its offset
  std::string error;     // without the place
};

class CsvReader {
 public:
  CsvReader(const std::filesystem::path& path, char separator);
  // A quote that nothing closes costs its own line only. Blank lines are passed over.
  std::optional<CsvRecord> next();
  CsvRecord at(std::uint64_t offset) const;
  const std::string& name() const { return lines_.name(); }

 private:
  std::optional<Line> next_line();

  LineReader lines_;
  char separator_;
  std::deque<Line> again_;  // lines looked at in vain for a closing quote
};

}  // namespace cnclip
