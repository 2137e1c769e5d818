#include "base/error.h"
#include "data/formats/image_files.h"
#include "data/formats/official.h"
#include "data/formats/official_lmdb.h"
#include "data/formats/tar_samples.h"
#include "data/formats/text_files.h"
#include "data/sources.h"

namespace cnclip {

namespace fs = std::filesystem;

std::unique_ptr<ImageSource> open_images(const fs::path& input) {
  if (!fs::exists(input)) throw_bad_input("{}: no such file or folder", input.string());
  if (fs::is_directory(input)) {
    if (fs::exists(input / "data.mdb")) return open_image_lmdb(input);
    if (fs::exists(input / "imgs" / "data.mdb")) return open_image_lmdb(input / "imgs");
    if (auto shards = tar_files_in(input); !shards.empty()) return open_tar_samples(std::move(shards));
    return open_image_folder(input);
  }
  if (is_tar_name(input.filename().string())) return open_tar_samples({input});
  if (input.extension() == ".tsv") return open_image_tsv(input);
  if (input.extension() == ".txt") return open_image_list(input);
  return open_image_file(input);
}

std::unique_ptr<TextSource> open_texts(const std::string& input) {
  if (input.ends_with(".jsonl")) return open_text_jsonl(input, TextFields::texts);
  return open_plain_texts(input);
}

}  // namespace cnclip
