#include "encode/encode_inputs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "base/test_folder.h"
#include "checkpoint/save.h"
#include "vectors/feature_writer.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Items at hand; what the encoder makes of them goes to files of the running test's own folder.
template <class Item>
class Given : public Source<Item> {
 public:
  explicit Given(std::vector<Item> items) : items_(std::move(items)) {}
  std::optional<Item> next() override { return at_ < items_.size() ? std::optional(items_[at_++]) : std::nullopt; }

 private:
  std::vector<Item> items_;
  std::size_t at_ = 0;
};

class EncodeInputs : public ::testing::Test {
 protected:
  EncodeInputs() {
    const BertConfig text{21128, 1, 64, 1, 64, 16};
    save_checkpoint(initial_checkpoint({"small", 8, 16, VitConfig{1, 64, 8}, text}, 0, {}, {}),
                    folder_ / "m.safetensors", Layout::safetensors);
  }

  Encoder encoder() const {
    EncoderOptions options;
    options.engine = "reference";
    options.context_length = 16;
    return Encoder((folder_ / "m.safetensors").string(), options);
  }
  std::vector<std::string> lines(const std::string& name) const {
    const std::string text = read_file(folder_ / name);
    std::vector<std::string> lines;
    for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
      end = text.find('\n', begin);
      lines.push_back(text.substr(begin, end - begin));
    }
    return lines;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  TestFolder folder_;
};

using Names = std::vector<std::string>;

ImageItem image(const std::string& id, const std::string& bytes, const std::string& error = {}) {
  ImageItem item;
  item.id = id;
  item.bytes = bytes;
  item.error = error;
  return item;
}

TextItem text(const std::string& id, const std::string& words, const std::string& error = {}) {
  TextItem item;
  item.id.text = id;
  item.text = words;
  item.error = error;
  return item;
}

TEST_F(EncodeInputs, BadPicturesAreLeftOutAndOrderStays) {
  std::vector<ImageItem> items;
  Names good;
  for (int i = 0; i < 40; ++i) {
    const bool bad = i % 7 == 3;
    const std::string id = std::to_string(i);
    items.push_back(image(id, bad ? "no picture" : "P3 1 1 255 " + id + " 2 3\n", i == 20 ? "could not be read" : ""));
    if (!bad && i != 20) good.push_back(id);
  }
  items.push_back(image("line\nend", "P3 1 1 255 1 2 3\n"));
  Given<ImageItem> source(items);
  Encoder small = encoder();
  FeatureWriter writer(folder_ / "f.npy", small.embed_dim(), "image_id");
  EncodeSettings settings;
  settings.batch = 4;
  const EncodeReport report = encode_image_source(small, source, writer, settings);
  EXPECT_EQ(names(), Names{"m.safetensors"});  // nothing before finish()
  writer.finish();
  EXPECT_EQ(report.items, good.size());
  EXPECT_EQ(report.errors, 41 - good.size());
  EXPECT_EQ(lines("f.ids.txt"), good);
  EXPECT_EQ(lines("f.errors.jsonl").size(), report.errors);
  EXPECT_EQ(fs::file_size(folder_ / "f.npy"), 128 + good.size() * 8 * sizeof(float));
}

TEST_F(EncodeInputs, BadTextsAreLeftOut) {
  Given<TextItem> source(
      {text("1", "猫"), text("2", "\xff"), text("3", "", "broken"), text("a\nb", "x"), text("5", "狗")});
  Encoder small = encoder();
  FeatureWriter writer(folder_ / "t.jsonl", small.embed_dim(), "text_id");
  EncodeSettings settings;
  settings.context_length = 16;
  const EncodeReport report = encode_text_source(small, source, writer, settings);
  writer.finish();
  EXPECT_EQ(report.items, 2);
  EXPECT_EQ(report.errors, 3);
  const Names rows = lines("t.jsonl");
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].substr(0, 13), R"({"text_id":1,)");
  EXPECT_EQ(rows[1].substr(0, 13), R"({"text_id":5,)");
}

TEST_F(EncodeInputs, AnAbandonedRunLeavesNothing) {
  {
    FeatureWriter writer(folder_ / "f.npy", 1, "image_id");
    writer.add("a", std::vector<float>{1});
    writer.add_error("b", "broken");
  }
  EXPECT_EQ(names(), Names{"m.safetensors"});
}

}  // namespace
}  // namespace cnclip
