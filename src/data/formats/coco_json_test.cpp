#include "data/formats/coco_json.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cnclip {
namespace {

TEST(Coco, TranslationsGoFirst) {
  const CocoFile file = parse_coco(R"({"licenses": [{"id": 1}], "images": [{"id": 7, "file_name": "a/7.jpg"}],
    "annotations": [{"id": 1, "image_id": 7, "caption": "cat", "caption_zh": "猫"}, {"id": 2, "image_id": 7}]})",
                                   "f");
  ASSERT_EQ(file.images.size(), 1u);
  EXPECT_EQ(file.images[0].file_name, "a/7.jpg");
  ASSERT_EQ(file.texts.size(), 2u);
  EXPECT_EQ(file.texts[0].text, "猫");
  EXPECT_EQ(file.texts[0].image_ids, std::vector<Id>{file.images[0].id});
  EXPECT_TRUE(file.texts[1].error.starts_with("f: annotations: element 2: "));
}

TEST(Coco, RegionsOfVisualGenome) {
  const CocoFile file = parse_coco(R"([{"id": 3, "regions": [{"region_id": 9, "phrase": "猫"}, 5]}, {"id": 4}])", "f");
  ASSERT_EQ(file.images.size(), 1u);
  EXPECT_EQ(file.images[0].file_name, "3.jpg");
  ASSERT_EQ(file.texts.size(), 3u);
  EXPECT_EQ(file.texts[0].text, "猫");
  EXPECT_FALSE(file.texts[1].error.empty());
  EXPECT_TRUE(file.texts[2].error.starts_with("f: element 2: "));
}

TEST(Coco, RefusesTheRest) {
  for (const char* json : {"", "{", "[]", "3", "{\"images\": {}}", "[888e888888]", "{\"images\": [{\"id\": 1e999}]}"}) {
    EXPECT_THROW(parse_coco(json, "f"), Error) << json;
  }
}

}  // namespace
}  // namespace cnclip
