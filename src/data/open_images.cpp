#include "base/error.h"
#include "data/formats/image_files.h"
#include "data/formats/official.h"
#include "data/formats/official_lmdb.h"
#include "data/formats/tar_samples.h"
#include "data/formats/text_files.h"
#include "data/part.h"

namespace cnclip {

namespace fs = std::filesystem;

namespace {

// A stream's items of other parts are read and dropped.
template <class Item>
class PartSource : public Source<Item> {
 public:
  PartSource(std::unique_ptr<Source<Item>> all, Part part) : all_(std::move(all)), part_(part) {}

  std::optional<Item> next() override {
    while (auto item = all_->next()) {
      if (part_.has(at_++)) return item;
    }
    return {};
  }
  std::optional<std::size_t> count() const override {
    const auto count = all_->count();
    if (!count) return {};
    return part_.share(*count);
  }

 private:
  std::unique_ptr<Source<Item>> all_;
  const Part part_;
  std::size_t at_ = 0;
};

template <class Item>
std::unique_ptr<Source<Item>> share(std::unique_ptr<Source<Item>> all, Part part) {
  if (part.of == 1) return all;
  return std::make_unique<PartSource<Item>>(std::move(all), part);
}

std::unique_ptr<ImageSource> open_shards(const std::vector<fs::path>& shards, Part part) {
  if (shards.size() < part.of) return share(open_tar_samples(shards), part);
  std::vector<fs::path> mine;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (part.has(i)) mine.push_back(shards[i]);
  }
  return open_tar_samples(std::move(mine));
}

}  // namespace

std::unique_ptr<ImageSource> open_images(const fs::path& input) {
  return open_images(input, {});
}

std::unique_ptr<ImageSource> open_images(const fs::path& input, Part part) {
  if (!fs::exists(input)) throw_bad_input("{}: no such file or folder", input.string());
  if (fs::is_directory(input)) {
    if (fs::exists(input / "data.mdb")) return share(open_image_lmdb(input), part);
    if (fs::exists(input / "imgs" / "data.mdb")) return share(open_image_lmdb(input / "imgs"), part);
    if (const auto shards = tar_files_in(input); !shards.empty()) return open_shards(shards, part);
    return open_image_folder(input, part);
  }
  if (is_tar_name(input.filename().string())) return share(open_tar_samples({input}), part);
  if (input.extension() == ".tsv") return share(open_image_tsv(input), part);
  if (input.extension() == ".txt") return open_image_list(input, part);
  return share(open_image_file(input), part);
}

std::unique_ptr<TextSource> open_texts(const std::string& input) {
  if (input.ends_with(".jsonl")) return open_text_jsonl(input, TextFields::texts);
  return open_plain_texts(input);
}

std::unique_ptr<TextSource> open_texts(const std::string& input, Part part) {
  return share(open_texts(input), part);
}

}  // namespace cnclip
