#include "base/error.h"
#include "data/datasets.h"
#include "data/formats/caption_table.h"
#include "data/formats/manifest.h"
#include "data/formats/official_lmdb.h"
#include "data/formats/parquet_table.h"
#include "data/formats/tar_samples.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// A folder of pictures that brings its table, by our name or by that of Hugging Face's ImageFolder.
std::optional<fs::path> table_in(const fs::path& folder) {
  for (const char* name : {"captions.csv", "captions.tsv", "captions.jsonl", "metadata.csv", "metadata.jsonl"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return {};
}

std::unique_ptr<Dataset> open_folder(const fs::path& folder, const std::string& split, const fs::path& images) {
  if (is_lmdb_split(folder)) return open_lmdb_dataset(folder);
  if (fs::exists(folder / "manifest.json")) {
    const Manifest manifest = read_manifest(folder / "manifest.json");
    if (!split.empty() && split != manifest.split) {
      throw_bad_input("{}: holds the split {}, not {}", folder.string(), manifest.split, split);
    }
    return open_shard_dataset(folder);
  }
  if (!split.empty()) {
    const fs::path pictures = folder / (split + "_imgs.tsv"), texts = folder / (split + "_texts.jsonl");
    if (fs::exists(pictures) && fs::exists(texts)) return open_official_dataset(folder, split);
    if (const auto inner = find_lmdb_split(folder, split)) return open_lmdb_dataset(*inner);
    if (fs::exists(pictures) || fs::exists(texts)) {
      throw_bad_input("{}: is missing", (fs::exists(pictures) ? texts : pictures).string());
    }
  }
  if (const auto table = table_in(folder)) return open_table_dataset(*table, folder);
  if (auto shards = tar_files_in(folder); !shards.empty()) return open_tar_dataset(std::move(shards));
  if (!parquet_files_in(folder).empty()) return open_table_dataset(folder, images.empty() ? folder : images);
  throw_bad_input(
      "{}: no data set{}: neither {}_imgs.tsv and {}_texts.jsonl, nor an LMDB split, nor tar shards, nor Parquet",
      folder.string(), split.empty() ? " (no --split was given)" : " of split " + split,
      split.empty() ? "SPLIT" : split, split.empty() ? "SPLIT" : split);
}

}  // namespace

std::unique_ptr<Dataset> open_dataset(const fs::path& source, const std::string& split, const fs::path& images) {
  if (!fs::exists(source)) throw_bad_input("{}: no such file or folder", source.string());
  if (fs::is_directory(source)) return open_folder(source, split, images);
  if (is_tar_name(source.filename().string())) return open_tar_dataset({source});
  const fs::path folder = images.empty() ? source.parent_path() : images;
  if (is_table_name(source.filename().string())) return open_table_dataset(source, folder);
  if (source.extension() == ".json") return open_coco_dataset(source, folder);
  throw_bad_input("{}: is no data set of a known kind", source.string());
}

}  // namespace cnclip
