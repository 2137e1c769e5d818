#include "data/formats/official.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/lines.h"
#include "data/formats/bounded_json.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

class ImageTsv : public Source<Sample> {
 public:
  explicit ImageTsv(const std::filesystem::path& path) : lines_(path, kMaxLineBytes) {}

  std::optional<Sample> next() override {
    auto line = lines_.next();
    if (!line) return {};
    std::string where = fmt::format("{}: line {}", lines_.name(), line->number);
    if (line->too_long) {
      return Sample{where, {}, fmt::format("{}: more than {} bytes", where, kMaxLineBytes), where, {}, {}, {}};
    }
    return parse_image_line(line->text, std::move(where));
  }

 private:
  LineReader lines_;
};

class TextJsonl : public TextReader {
 public:
  TextJsonl(const std::filesystem::path& path, TextFields fields) : lines_(path, kMaxTextBytes), fields_(fields) {}

  std::optional<Text> next() override {
    const auto line = lines_.next();
    if (!line) return {};
    Text text = parsed(*line, fmt::format("{}: line {}", lines_.name(), line->number));
    if (fields_ == TextFields::texts && text.id.text.empty()) text.id = {std::to_string(line->number), true};
    return text;
  }
  Text at(std::uint64_t place) override {
    return parsed(lines_.at(place), fmt::format("{}: byte {}", lines_.name(), place));
  }

 private:
  Text parsed(const Line& line, std::string where) const {
    Text text;
    if (line.too_long) {
      text.error = fmt::format("{}: more than {} bytes", where, kMaxTextBytes);
      text.where = std::move(where);
    } else {
      text = parse_text_line(line.text, std::move(where), fields_);
    }
    text.place = line.offset;
    return text;
  }

  LineReader lines_;
  TextFields fields_;
};

// What is wrong with the object; empty: nothing.
std::string read_text(const Json& json, TextFields fields, Text& text) {
  if (!json.is_object()) return "not a JSON object";
  if (!json.contains("text") || !json["text"].is_string()) return "no \"text\"";
  text.text = json["text"].get<std::string>();
  if (json.contains("text_id")) {
    const auto id = id_from_json(json["text_id"]);
    if (!id) return "\"text_id\" is neither an integer nor a string";
    text.id = *id;
  } else if (fields == TextFields::captions) {
    return "no \"text_id\"";
  }
  if (fields == TextFields::texts) return {};
  if (!json.contains("image_ids") || !json["image_ids"].is_array()) return "no list \"image_ids\"";
  for (const Json& image : json["image_ids"]) {
    const auto id = id_from_json(image);
    if (!id) return "\"image_ids\" holds what is neither an integer nor a string";
    text.image_ids.push_back(*id);
  }
  return {};
}

}  // namespace

Sample parse_image_line(std::string_view line, std::string where) {
  line = stripped(line);
  Sample sample;
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos || line.find('\t', tab + 1) != std::string_view::npos) {
    sample.error = fmt::format("{}: not two fields, id and base64", where);
    sample.id = where;
  } else {
    sample.id = line.substr(0, tab);
    sample.base64 = line.substr(tab + 1);
    if (auto bytes = decode_base64(sample.base64)) {
      sample.bytes = std::move(*bytes);
    } else {
      sample.error = fmt::format("{}: the base64 of image {} is cut short", where, sample.id);
    }
  }
  sample.where = std::move(where);
  return sample;
}

Text parse_text_line(std::string_view line, std::string where, TextFields fields) {
  Text text;
  if (const std::string problem = read_text(parse_bounded_json(line), fields, text); !problem.empty()) {
    text.error = fmt::format("{}: {}", where, problem);
  }
  text.where = std::move(where);
  return text;
}

std::string text_line(const Text& text) {
  std::string ids;
  for (const Id& id : text.image_ids) ids += (ids.empty() ? "" : ", ") + json_of(id).dump();
  return fmt::format("{{\"text_id\": {}, \"text\": {}, \"image_ids\": [{}]}}\n", json_of(text.id).dump(),
                     Json(text.text).dump(), ids);
}

std::string image_line(const Sample& sample) {
  return fmt::format("{}\t{}\n", sample.id, sample.base64.empty() ? encode_base64(sample.bytes) : sample.base64);
}

std::unique_ptr<Source<Sample>> open_image_tsv(const std::filesystem::path& tsv) {
  return std::make_unique<ImageTsv>(tsv);
}

std::unique_ptr<TextReader> open_text_jsonl(const std::filesystem::path& jsonl, TextFields fields) {
  return std::make_unique<TextJsonl>(jsonl, fields);
}

}  // namespace cnclip
