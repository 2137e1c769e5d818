// Official *_imgs.tsv: id, tab, base64 of the image file (official.md of the reference: datasets/<name>/).
#include "base/error.h"
#include "base/lines.h"
#include "data/image_sources.h"
#include "data/records.h"

namespace cnclip {
namespace {

constexpr std::size_t kMaxLine = kMaxImageBytes / 3 * 4 + 4096;

class TsvSource : public ImageSource {
 public:
  explicit TsvSource(const std::filesystem::path& path) : lines_(path.string(), kMaxLine) {}

  std::optional<ImageItem> next() override {
    const auto line = lines_.next();
    if (!line) return {};
    ImageItem item = image_record(*line);
    if (lines_.cut()) item.error = fmt::format("longer than {} bytes", kMaxLine);
    if (item.id.empty()) item.id = fmt::format("line {}", lines_.number());
    if (!item.error.empty()) item.error = fmt::format("{}: {}", lines_.place(), item.error);
    return item;
  }

 private:
  LineReader lines_;
};

}  // namespace

ImageItem image_record(std::string_view line) {
  ImageItem item;
  const std::size_t tab = line.find('\t');
  if (tab == 0 || tab == std::string_view::npos || line.find('\t', tab + 1) != std::string_view::npos) {
    item.error = "not two fields, id and base64";
    return item;
  }
  item.id = line.substr(0, tab);
  if (auto bytes = decode_base64(line.substr(tab + 1))) {
    item.bytes = std::move(*bytes);
  } else {
    item.error = fmt::format("the base64 of image {} is cut short", item.id);
  }
  return item;
}

std::unique_ptr<ImageSource> open_image_tsv(const std::filesystem::path& tsv) {
  return std::make_unique<TsvSource>(tsv);
}

}  // namespace cnclip
