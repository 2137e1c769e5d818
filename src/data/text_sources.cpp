#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/lines.h"
#include "data/records.h"

namespace cnclip {
namespace {

constexpr std::size_t kMaxLine = std::size_t{16} << 20;

class LineSource : public TextSource {
 public:
  explicit LineSource(const std::string& input) : lines_(input, kMaxLine), jsonl_(input.ends_with(".jsonl")) {}

  std::optional<TextItem> next() override {
    const auto line = lines_.next();
    if (!line) return {};
    TextItem item = jsonl_ ? text_record(*line) : TextItem{{}, std::string(*line), {}};
    if (lines_.cut()) item.error = fmt::format("longer than {} bytes", kMaxLine);
    if (item.id.empty()) item.id = fmt::to_string(lines_.number());
    if (!item.error.empty()) item.error = fmt::format("{}: {}", lines_.place(), item.error);
    return item;
  }

 private:
  LineReader lines_;
  bool jsonl_;
};

}  // namespace

TextItem text_record(std::string_view line) {
  TextItem item;
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) {
    item.error = "not a JSON object";
    return item;
  }
  if (const auto id = json.find("text_id"); id != json.end()) {
    if (id->is_string()) {
      item.id = id->get<std::string>();
    } else if (id->is_number()) {
      item.id = id->dump();
    } else {
      item.error = "\"text_id\" is neither a number nor a string";
    }
  }
  const auto text = json.find("text");
  if (text == json.end() || !text->is_string()) {
    item.error = "no \"text\"";
  } else {
    item.text = text->get<std::string>();
  }
  return item;
}

std::unique_ptr<TextSource> open_texts(const std::string& input) {
  return std::make_unique<LineSource>(input);
}

}  // namespace cnclip
