#include "data/formats/csv.h"

#include "base/error.h"
#include "data/formats/record.h"

namespace cnclip {
namespace {

// A caption has few lines; a stray quote must not swallow a file.
constexpr std::size_t kMaxRecordLines = 200;

}  // namespace

std::optional<std::vector<std::string>> parse_csv(std::string_view text, char separator) {
  std::vector<std::string> fields(1);
  bool quoted = false, fresh = true;  // fresh: at the beginning of a field
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        fields.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        fields.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && fresh) {
      quoted = true;
      fresh = false;
    } else if (c == separator) {
      fields.emplace_back();
      fresh = true;
    } else {
      fields.back() += c;
      fresh = false;
    }
  }
  if (quoted) return {};
  return fields;
}

std::string csv_line(const std::vector<std::string>& fields, char separator) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += separator;
    if (fields[i].find_first_of("\"\r\n") == std::string::npos && fields[i].find(separator) == std::string::npos) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (const char c : fields[i]) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

CsvReader::CsvReader(const std::filesystem::path& path, char separator)
    : lines_(path, kMaxTextBytes), separator_(separator) {}

std::optional<Line> CsvReader::next_line() {
  if (again_.empty()) return lines_.next();
  Line line = std::move(again_.front());
  again_.pop_front();
  return line;
}

std::optional<CsvRecord> CsvReader::next() {
  auto first = next_line();
  while (first && first->text.empty() && !first->too_long) first = next_line();
  if (!first) return {};
  CsvRecord record{{}, first->offset, first->number, {}};
  if (first->too_long) {
    record.error = fmt::format("more than {} bytes", kMaxTextBytes);
    return record;
  }
  std::string text = first->text;
  std::deque<Line> more;
  for (;;) {
    if (auto fields = parse_csv(text, separator_)) {
      record.fields = std::move(*fields);
      return record;
    }
    std::optional<Line> line;
    if (more.size() < kMaxRecordLines && text.size() < kMaxTextBytes) line = next_line();
    if (!line || line->too_long) {
      if (line) more.push_back(std::move(*line));
      record.error = "a quote that nothing closes";
      again_.insert(again_.begin(), more.begin(), more.end());
      return record;
    }
    text += "\n" + line->text;
    more.push_back(std::move(*line));
  }
}

CsvRecord CsvReader::at(std::uint64_t offset) const {
  CsvRecord record{{}, offset, 0, {}};
  Line line = lines_.at(offset);
  std::string text = std::move(line.text);
  for (std::size_t lines = 0; lines <= kMaxRecordLines; ++lines) {
    if (auto fields = parse_csv(text, separator_)) {
      record.fields = std::move(*fields);
      return record;
    }
    line = lines_.at(line.end);
    text += "\n" + line.text;
  }
  record.error = "a quote that nothing closes";
  return record;
}

}  // namespace cnclip
