// Caption files of the COCO kind: {"images": [{"id", "file_name", …}], "annotations": [{"id", "image_id", "caption"}]};
// a translation ("caption_zh", "caption_cn") goes before the caption it was made of. And Visual Genome's regions:
// [{"id", "regions": [{"region_id", "phrase"}]}], whose pictures are <id>.jpg.
#pragma once

#include <string_view>

#include "data/formats/record.h"

namespace cnclip {

struct CocoImage {
  Id id;
  std::string file_name;
  nlohmann::ordered_json metadata;
};

struct CocoFile {
  std::vector<CocoImage> images;
  std::vector<Text> texts;  // those that cannot be read have an error
};

// Element by element: the whole file is never held as objects. Throws bad_input when it is not of either kind; `name`
// opens messages.
CocoFile parse_coco(std::string_view json, const std::string& name);

}  // namespace cnclip
