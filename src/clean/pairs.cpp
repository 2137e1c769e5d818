#include <vector>

#include "clean/lines.h"
#include "clean/rows.h"
#include "data/formats/bounded_json.h"

namespace cnclip::clean {
namespace {

class PairRows : public RowSource {
 public:
  explicit PairRows(const std::filesystem::path& jsonl) : lines_(jsonl, kMaxRow) {}

  std::optional<Row> next() override {
    if (at_ == pictures_.size() && !read_line()) return {};
    Row row = line_;
    row.picture = pictures_[at_++];
    return row;
  }
  bool skip() override {
    if (at_ == pictures_.size() && !read_line()) return false;
    ++at_;
    return true;
  }

 private:
  bool read_line() {
    line_ = {};
    line_.line = ++count_;
    pictures_.clear();
    at_ = 0;
    if (!lines_.next(line_.raw)) return false;
    const auto json = parse_bounded_json(without_end(line_.raw));
    const auto ids = json.find("image_ids");
    line_.broken = !json.is_object() || !json.contains("text") || !json["text"].is_string() || ids == json.end() ||
                   !ids->is_array();
    if (!line_.broken) {
      line_.caption = json["text"].get<std::string>();
      for (const auto& id : *ids) pictures_.push_back(id.is_string() ? id.get<std::string>() : id.dump());
    }
    if (pictures_.empty()) pictures_.emplace_back();
    return true;
  }

  Lines lines_;
  Row line_;
  std::vector<std::string> pictures_;
  std::size_t at_ = 0, count_ = 0;
};

}  // namespace

std::unique_ptr<RowSource> open_pairs(const std::filesystem::path& jsonl) {
  return std::make_unique<PairRows>(jsonl);
}

}  // namespace cnclip::clean
