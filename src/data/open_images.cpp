#include <algorithm>

#include "base/error.h"
#include "data/image_sources.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

bool is_tar(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz");
}

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_tar(entry.path())) shards.push_back(entry.path());
  }
  std::sort(shards.begin(), shards.end());
  return shards;
}

}  // namespace

std::unique_ptr<ImageSource> open_images(const fs::path& input) {
  if (!fs::exists(input)) throw_bad_input("{}: no such file or folder", input.string());
  if (fs::is_directory(input)) {
    if (fs::exists(input / "data.mdb")) return open_image_lmdb(input);
    if (fs::exists(input / "imgs" / "data.mdb")) return open_image_lmdb(input / "imgs");
    if (auto shards = shards_in(input); !shards.empty()) return open_image_tar(std::move(shards));
    return open_image_folder(input);
  }
  if (is_tar(input)) return open_image_tar({input});
  if (input.extension() == ".tsv") return open_image_tsv(input);
  if (input.extension() == ".txt") return open_image_list(input);
  return open_image_file(input);
}

}  // namespace cnclip
