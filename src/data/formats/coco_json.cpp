#include "data/formats/coco_json.h"

#include <array>

#include "base/error.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

class Collector {
 public:
  explicit Collector(const std::string& name) : name_(name) {}

  // nlohmann's callback: false lets go of what was just parsed.
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::array_start && depth == 0) regions_ = true;
    if (event == Event::key && depth == 1) key_ = parsed.get<std::string>();
    if (event != Event::object_end) return true;
    if (regions_ && depth == 1) {
      add_regions(parsed);
      return false;
    }
    if (regions_ || depth != 2) return true;
    if (key_ == "images") add_image(parsed);
    if (key_ == "annotations") add_caption(parsed);
    return false;
  }

  CocoFile finish() {
    if (file_.images.empty()) throw_bad_input("{}: no images of COCO's or Visual Genome's kind", name_);
    return std::move(file_);
  }

 private:
  static std::optional<Id> id_in(const Json& object, std::string_view key) {
    const auto found = object.find(std::string(key));
    return found == object.end() ? std::nullopt : id_from_json(*found);
  }

  void add_image(const Json& object) {
    const auto id = id_in(object, "id");
    const auto file = object.find("file_name");
    if (!id || file == object.end() || !file->is_string()) {
      return broken(fmt::format("images: element {}", ++image_number_), "no \"id\" and \"file_name\"");
    }
    ++image_number_;
    CocoImage image{*id, file->get<std::string>(), Json::object()};
    for (const char* key : {"width", "height", "coco_url", "flickr_url", "license"}) {
      if (object.contains(key)) image.metadata[key] = object[key];
    }
    if (image.metadata.contains("coco_url")) image.metadata["url"] = image.metadata["coco_url"];
    file_.images.push_back(std::move(image));
  }

  void add_caption(const Json& object) {
    const std::string where = fmt::format("annotations: element {}", ++caption_number_);
    const auto id = id_in(object, "id"), image = id_in(object, "image_id");
    const auto text = first_text(object, {"caption_zh", "caption_cn", "caption"});
    if (!id || !image || !text) return broken(where, "no \"id\", \"image_id\" and \"caption\"");
    add_text(*id, *image, *text, where);
  }

  void add_regions(const Json& object) {
    const std::string where = fmt::format("element {}", ++image_number_);
    auto image = id_in(object, "id");
    if (!image) image = id_in(object, "image_id");
    if (!image || !object.contains("regions") || !object["regions"].is_array()) {
      return broken(where, "no \"id\" and \"regions\"");
    }
    file_.images.push_back({*image, image->text + ".jpg", Json::object()});
    for (const Json& region : object["regions"]) {
      const auto id = region.is_object() ? id_in(region, "region_id") : std::nullopt;
      const auto text = id ? first_text(region, {"phrase_zh", "phrase_cn", "phrase"}) : std::nullopt;
      if (text)
        add_text(*id, *image, *text, where);
      else
        broken(where, "a region without \"region_id\" and \"phrase\"");
    }
  }

  static std::optional<std::string> first_text(const Json& object, std::array<const char*, 3> keys) {
    for (const char* key : keys) {
      if (object.contains(key) && object[key].is_string()) return object[key].get<std::string>();
    }
    return {};
  }

  Text& new_text(const std::string& where) {
    Text& text = file_.texts.emplace_back();
    text.where = fmt::format("{}: {}", name_, where);
    text.place = file_.texts.size() - 1;
    return text;
  }
  void add_text(const Id& id, const Id& image, const std::string& caption, const std::string& where) {
    Text& text = new_text(where);
    text.id = id;
    text.text = caption;
    text.image_ids = {image};
  }
  void broken(const std::string& where, std::string_view why) {
    Text& text = new_text(where);
    text.error = fmt::format("{}: {}", text.where, why);
  }

  std::string name_, key_;
  bool regions_ = false;
  std::size_t image_number_ = 0, caption_number_ = 0;
  CocoFile file_;
};

}  // namespace

CocoFile parse_coco(std::string_view json, const std::string& name) {
  Collector collector(name);
  try {
    [[maybe_unused]] const Json rest = Json::parse(json, std::ref(collector));
  } catch (const Json::exception& error) {  // bad syntax, and numbers beyond all bounds
    throw_bad_input("{}: not JSON: {}", name, error.what());
  }
  return collector.finish();
}

}  // namespace cnclip
