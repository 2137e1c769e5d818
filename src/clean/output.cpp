#include "clean/output.h"

#include <algorithm>
#include <unordered_map>

#include "clean/lines.h"
#include "data/formats/bounded_json.h"
#include "image/encode_jpeg.h"

namespace cnclip::clean {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kThumbnailSide = 96;
constexpr std::size_t kMaxPictureLine = std::size_t{512} << 20;  // base64 of the largest picture

class RawWriter : public RowWriter {
 public:
  RawWriter(const std::filesystem::path& file, const std::string& header) : file_(file) { file_.write(header); }
  void write(const Row& row, bool kept) override {
    if (!kept) return;
    file_.write(row.raw);
    if (!row.raw.ends_with('\n')) file_.write(std::string_view("\n"));  // the last line of a file may lack its end
  }
  void commit() override { file_.commit(); }

 private:
  AtomicFile file_;
};

class PairWriter : public RowWriter {
 public:
  explicit PairWriter(const std::filesystem::path& file) : file_(file) {}
  void write(const Row& row, bool kept) override {
    if (row.line != line_) flush();
    line_ = row.line;
    raw_ = row.raw;
    kept_.push_back(kept);
  }
  void commit() override {
    flush();
    file_.commit();
  }

 private:
  void flush() {
    if (std::find(kept_.begin(), kept_.end(), true) != kept_.end()) {
      if (std::find(kept_.begin(), kept_.end(), false) != kept_.end()) {
        Json line = parse_bounded_json(without_end(raw_)), ids = Json::array();
        for (std::size_t i = 0; i < kept_.size(); ++i) {
          if (kept_[i]) ids.push_back(line["image_ids"][i]);
        }
        line["image_ids"] = std::move(ids);
        raw_ = line.dump();
      }
      file_.write(raw_);
      if (!raw_.ends_with('\n')) file_.write(std::string_view("\n"));
    }
    kept_.clear();
  }

  AtomicFile file_;
  std::size_t line_ = 0;
  std::string raw_;
  std::vector<bool> kept_;  // of the pictures of the line
};

std::string thumbnail(const Image& image) {
  const int longer = std::max(image.width, image.height);
  std::vector<std::uint8_t> planes(std::size_t{3} * kThumbnailSide * kThumbnailSide);
  preprocess_u8(image, kThumbnailSide, planes);
  // Squeezed to a square, then put to its true shape by leaving out rows or columns: small and simple.
  const int width = std::max(1, kThumbnailSide * image.width / longer);
  const int height = std::max(1, kThumbnailSide * image.height / longer);
  Image small{width, height, ImageMode::rgb, {}, {}};
  const std::size_t plane = planes.size() / 3;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int at = y * kThumbnailSide / height * kThumbnailSide + x * kThumbnailSide / width;
      for (std::size_t c = 0; c < 3; ++c) small.pixels.push_back(planes[c * plane + static_cast<std::size_t>(at)]);
    }
  }
  return encode_jpeg(small, 80);
}

}  // namespace

std::unique_ptr<RowWriter> raw_writer(const std::filesystem::path& file, const std::string& header) {
  return std::make_unique<RawWriter>(file, header);
}

std::unique_ptr<RowWriter> pair_writer(const std::filesystem::path& file) {
  return std::make_unique<PairWriter>(file);
}

void copy_pictures(const std::filesystem::path& from, const std::filesystem::path& to, const std::vector<bool>& kept) {
  Lines lines(from, kMaxPictureLine);
  AtomicFile file(to);
  std::string line;
  for (std::size_t i = 0; i < kept.size(); ++i, line.clear()) {
    if (!lines.next(line)) throw_bad_input("{}: grew shorter while it was read", from.string());
    if (!kept[i]) continue;
    file.write(line);
    if (!line.ends_with('\n')) file.write(std::string_view("\n"));
  }
  file.commit();
}

void add_thumbnails(ImageSource& images, Report& report) {
  std::unordered_map<std::string, std::vector<Example*>> wanted;
  for (Step& step : report.steps) {
    for (Example& example : step.examples) wanted[example.picture].push_back(&example);
  }
  while (const auto item = images.next()) {
    const auto found = wanted.find(item->id);
    if (found == wanted.end() || !item->error.empty()) continue;
    try {
      const std::string jpeg = thumbnail(decode_image(std::as_bytes(std::span(item->bytes)), item->id));
      for (Example* example : found->second) example->thumbnail = jpeg;
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::bad_input) throw;
    }
  }
}

}  // namespace cnclip::clean
