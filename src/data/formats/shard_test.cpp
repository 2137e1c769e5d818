#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "data/formats/tar_samples.h"
#include "data/formats/tar_writer.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class Shard : public testing::Test {
 protected:
  void SetUp() override {
    ShardWriter writer(path_);
    for (int i = 0; i < 3; ++i) {
      Sample sample;
      sample.id = std::to_string(7 * i);
      sample.bytes = std::string("\xff\xd8\xff") + std::string(static_cast<std::size_t>(511 * i), 'x');
      sample.captions.push_back({id_from_text("1"), "一"});
      sample.captions.push_back({id_from_text("b"), "\"二\""});
      sample.metadata["url"] = "u";
      writer.add(static_cast<std::uint64_t>(i), sample);
      samples_.push_back(sample);
    }
    entries_ = writer.commit();
  }

  void expect_same(const Sample& got, const Sample& expected) {
    EXPECT_EQ(got.id, expected.id);
    EXPECT_EQ(got.bytes, expected.bytes);
    EXPECT_EQ(got.metadata, expected.metadata);
    ASSERT_EQ(got.captions.size(), 2u);
    EXPECT_EQ(got.captions[1].id, expected.captions[1].id);
    EXPECT_EQ(got.captions[1].text, expected.captions[1].text);
  }

  TestFolder folder_;
  fs::path path_ = folder_ / "train-000000.tar";
  std::vector<Sample> samples_;
  std::pair<ManifestFile, ManifestFile> entries_;
};

TEST_F(Shard, IsReadInOrderAndInAnyOrder) {
  const ShardReader reader(path_);
  ASSERT_EQ(reader.size(), 3u);
  for (const std::size_t i : {2, 0, 1}) expect_same(reader.read(i), samples_[i]);
  const auto source = open_tar_samples({path_});
  for (const Sample& sample : samples_) expect_same(*source->next(), sample);
  EXPECT_FALSE(source->next());
  EXPECT_EQ(entries_.first.samples, 3u);
  EXPECT_EQ(entries_.first.sha256, describe_file(folder_, "train-000000.tar").sha256);
  EXPECT_EQ(entries_.second.sha256, describe_file(folder_, "train-000000.idx").sha256);
}

TEST_F(Shard, AnIndexThatLies) {
  const std::string index = read_file(index_path(path_));
  const auto faults_with = [&](const std::string& text) {
    write_file(index_path(path_), text);
    int faults = 0;
    check_shard_index(path_, [&](const std::string&) { ++faults; });
    return faults;
  };
  EXPECT_EQ(faults_with(index), 0);
  EXPECT_EQ(faults_with(""), 1);
  EXPECT_EQ(faults_with("v1.2 1\njpg 99999999 4 x.jpg\n"), 1);
  EXPECT_EQ(faults_with("v1.2 1\njpg 512 4 x.jpg\n"), 1);
  EXPECT_EQ(faults_with("v1.2 1\njpg 12 x\n"), 1);
  EXPECT_EQ(faults_with("v1.2 3\n" + index.substr(index.find('\n') + 1, 40) + "\n"), 1);
  write_file(index_path(path_), "v1.2 1\njpg 512 99999999999 x.jpg\n");
  EXPECT_THROW(ShardReader(path_).read(0), Error);
}

TEST_F(Shard, CutShortEndsWithAnError) {
  const std::string bytes = read_file(path_);
  write_file(path_, std::string_view(bytes).substr(0, 2600));
  const auto source = open_tar_samples({path_, folder_ / "none.tar"});
  std::vector<std::string> errors;
  while (const auto sample = source->next()) {
    if (!sample->error.empty()) errors.push_back(sample->error);
  }
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_NE(errors[0].find("train-000000.tar"), std::string::npos);
  EXPECT_NE(errors[1].find("none.tar"), std::string::npos);
}

}  // namespace
}  // namespace cnclip
