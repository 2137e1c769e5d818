// Official *_imgs.tsv: id, tab, base64 of the image file (official.md of the reference: datasets/<name>/).
#include <fstream>

#include "base/error.h"
#include "data/image_sources.h"

namespace cnclip {
namespace {

class TsvSource : public ImageSource {
 public:
  explicit TsvSource(const std::filesystem::path& path) : path_(path.string()), file_(path) {
    if (!file_) throw_bad_input("{}: cannot open", path_);
  }

  std::optional<ImageItem> next() override {
    std::string line;
    if (!std::getline(file_, line)) return {};
    ++line_number_;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    ImageItem item;
    const std::size_t tab = line.find('\t');
    item.id = tab == std::string::npos ? fmt::format("line {}", line_number_) : line.substr(0, tab);
    if (tab == std::string::npos || line.find('\t', tab + 1) != std::string::npos) {
      item.error = fmt::format("{}: line {}: not two fields, id and base64", path_, line_number_);
    } else if (auto bytes = decode_base64(std::string_view(line).substr(tab + 1))) {
      item.bytes = std::move(*bytes);
    } else {
      item.error = fmt::format("{}: line {}: the base64 of image {} is cut short", path_, line_number_, item.id);
    }
    return item;
  }

 private:
  std::string path_;
  std::ifstream file_;
  std::size_t line_number_ = 0;
};

}  // namespace

std::unique_ptr<ImageSource> open_image_tsv(const std::filesystem::path& tsv) {
  return std::make_unique<TsvSource>(tsv);
}

}  // namespace cnclip
