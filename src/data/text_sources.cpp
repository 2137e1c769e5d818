#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/sources.h"

namespace cnclip {
namespace {

class LineSource : public TextSource {
 public:
  explicit LineSource(const std::string& input) : input_(input), jsonl_(input.ends_with(".jsonl")) {
    if (input == "-") return;
    if (std::filesystem::is_directory(input)) throw_bad_input("{}: is a folder, a file of texts is needed", input);
    file_.open(input);
    if (!file_) throw_bad_input("{}: cannot open", input);
  }

  std::optional<TextItem> next() override {
    std::string line;
    if (!std::getline(input_ == "-" ? std::cin : file_, line)) return {};
    ++line_number_;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    TextItem item{fmt::to_string(line_number_), {}, {}};
    if (!jsonl_) {
      item.text = std::move(line);
      return item;
    }
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const auto broken = [&](std::string_view why) {
      item.error = fmt::format("{}: line {}: {}", input_, line_number_, why);
      return item;
    };
    if (!json.is_object()) return broken("not a JSON object");
    if (!json.contains("text") || !json["text"].is_string()) return broken("no \"text\"");
    if (json.contains("text_id")) {
      const auto& id = json["text_id"];
      item.id = id.is_string() ? id.get<std::string>() : id.dump();
    }
    item.text = json["text"].get<std::string>();
    return item;
  }

 private:
  std::string input_;
  bool jsonl_;
  std::ifstream file_;
  std::size_t line_number_ = 0;
};

}  // namespace

std::unique_ptr<TextSource> open_texts(const std::string& input) {
  return std::make_unique<LineSource>(input);
}

}  // namespace cnclip
