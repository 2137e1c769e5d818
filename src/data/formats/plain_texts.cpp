#include "base/error.h"
#include "base/lines.h"
#include "data/formats/text_files.h"

namespace cnclip {
namespace {

class PlainTexts : public Source<Text> {
 public:
  explicit PlainTexts(const std::filesystem::path& path) : lines_(path, kMaxTextBytes) {}

  std::optional<Text> next() override {
    auto line = lines_.next();
    if (!line) return {};
    Text text;
    text.id = {std::to_string(line->number), true};
    text.where = fmt::format("{}: line {}", lines_.name(), line->number);
    if (line->too_long) text.error = fmt::format("{}: more than {} bytes", text.where, kMaxTextBytes);
    text.text = std::move(line->text);
    return text;
  }

 private:
  LineReader lines_;
};

}  // namespace

std::unique_ptr<Source<Text>> open_plain_texts(const std::filesystem::path& path) {
  return std::make_unique<PlainTexts>(path);
}

}  // namespace cnclip
