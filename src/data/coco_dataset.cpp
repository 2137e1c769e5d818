#include "base/file.h"
#include "data/datasets.h"
#include "data/formats/coco_json.h"
#include "data/formats/image_files.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class CocoTexts : public TextReader {
 public:
  explicit CocoTexts(std::shared_ptr<const CocoFile> file) : file_(std::move(file)) {}
  std::optional<Text> next() override {
    if (next_ == file_->texts.size()) return {};
    return file_->texts[next_++];
  }
  Text at(std::uint64_t place) override { return file_->texts.at(place); }

 private:
  std::shared_ptr<const CocoFile> file_;
  std::size_t next_ = 0;
};

class CocoDataset : public SplitDataset {
 public:
  CocoDataset(const fs::path& json, const fs::path& folder) : json_(json), folder_(folder) {
    const auto file = MappedFile::open(json);
    const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->size());
    file_ = std::make_shared<const CocoFile>(parse_coco(text, json.string()));
  }

  std::unique_ptr<Source<Sample>> images() const override {
    std::vector<ImageFile> files;
    for (const CocoImage& image : file_->images) {
      files.push_back({image.id.text, folder_ / image.file_name, image.metadata});
    }
    return open_image_files(std::move(files));
  }
  std::unique_ptr<TextReader> text_reader() const override { return std::make_unique<CocoTexts>(file_); }
  std::vector<fs::path> files() const override { return {json_}; }
  std::string kind() const override { return "COCO or Visual Genome JSON"; }

 private:
  fs::path json_, folder_;
  std::shared_ptr<const CocoFile> file_;
};

}  // namespace

std::unique_ptr<Dataset> open_coco_dataset(const fs::path& json, const fs::path& folder) {
  return std::make_unique<CocoDataset>(json, folder);
}

}  // namespace cnclip
