#include "data/formats/bounded_json.h"
#include "data/formats/tar_samples.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

std::string read_captions(const Json& captions, Sample& sample) {
  if (!captions.is_array()) return "\"captions\" is no list";
  for (const Json& each : captions) {
    if (!each.is_object() || !each.contains("text") || !each["text"].is_string()) return "a caption has no \"text\"";
    Caption caption;
    caption.text = each["text"].get<std::string>();
    if (each.contains("text_id")) {
      const auto id = id_from_json(each["text_id"]);
      if (!id) return "\"text_id\" is neither an integer nor a string";
      caption.id = *id;
    }
    sample.captions.push_back(std::move(caption));
  }
  return {};
}

}  // namespace

std::string read_sample_json(std::string_view text, Sample& sample) {
  Json json = parse_bounded_json(text);
  if (!json.is_object()) return "not a JSON object";
  if (json.contains("image_id")) {
    const auto id = id_from_json(json["image_id"]);
    if (!id) return "\"image_id\" is neither an integer nor a string";
    sample.id = id->text;
    json.erase("image_id");
  }
  if (json.contains("captions")) {
    if (json.contains("metadata") && json["metadata"].is_object()) sample.metadata = json["metadata"];
    return read_captions(json["captions"], sample);
  }
  Caption caption;
  if (json.contains("text_id")) {
    if (const auto id = id_from_json(json["text_id"])) caption.id = *id;
    json.erase("text_id");
  }
  if (json.contains("caption")) {
    if (json["caption"].is_string()) caption.text = json["caption"].get<std::string>();
    json.erase("caption");
  }
  if (!caption.text.empty()) sample.captions.push_back(std::move(caption));
  sample.metadata = std::move(json);
  return {};
}

std::string sample_json(const Sample& sample) {
  Json captions = Json::array();
  for (const Caption& caption : sample.captions) {
    captions.push_back({{"text_id", json_of(caption.id)}, {"text", caption.text}});
  }
  const Json json = {
      {"image_id", json_of(id_from_text(sample.id))}, {"captions", std::move(captions)}, {"metadata", sample.metadata}};
  return json.dump();
}

std::string_view image_extension(std::string_view bytes) {
  const auto begins = [&](std::string_view magic, std::size_t at = 0) {
    return bytes.size() > at && bytes.substr(at).starts_with(magic);
  };
  if (begins("\xff\xd8\xff")) return "jpg";
  if (begins("\x89PNG")) return "png";
  if (begins("RIFF") && begins("WEBP", 8)) return "webp";
  if (begins("GIF8")) return "gif";
  if (begins("BM")) return "bmp";
  if (begins("II") || begins("MM")) return "tif";
  if (begins("ftyphei", 4) || begins("ftypmif1", 4)) return "heic";
  if (begins("ftypavif", 4)) return "avif";
  if (bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6') return "ppm";
  return "img";
}

}  // namespace cnclip
