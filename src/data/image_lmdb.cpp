// The official `imgs` LMDB: key = image id, value = base64 of the image file, and a count under num_images.
#include "base/error.h"
#include "data/image_sources.h"
#include "data/lmdb_reader.h"

namespace cnclip {
namespace {

class LmdbSource : public ImageSource {
 public:
  explicit LmdbSource(const std::filesystem::path& folder)
      : path_(folder.string()), reader_(MappedFile::open(folder / "data.mdb")) {}

  std::optional<ImageItem> next() override {
    auto entry = reader_.next();
    if (entry && entry->key == "num_images") entry = reader_.next();
    if (!entry) return {};
    ImageItem item{std::string(entry->key), {}, {}};
    if (auto bytes = decode_base64(entry->value)) {
      item.bytes = std::move(*bytes);
    } else {
      item.error = fmt::format("{}: the base64 of image {} is cut short", path_, item.id);
    }
    return item;
  }

 private:
  std::string path_;
  LmdbReader reader_;
};

}  // namespace

std::unique_ptr<ImageSource> open_image_lmdb(const std::filesystem::path& folder) {
  return std::make_unique<LmdbSource>(folder);
}

}  // namespace cnclip
