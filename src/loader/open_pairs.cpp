#include "loader/open_pairs.h"

#include "base/error.h"
#include "data/formats/official_lmdb.h"
#include "loader/pair_stores.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Not the check sums: those would read every byte (`cnclip data verify` does).
Manifest read_sized_manifest(const fs::path& path) {
  Manifest manifest = read_manifest(path);
  for (const ManifestFile& file : manifest.files) {
    const fs::path here = path.parent_path() / file.name;
    std::error_code missing;
    const auto bytes = fs::file_size(here, missing);
    if (missing) throw_bad_input("{}: {}", here.string(), missing.message());
    if (bytes != file.bytes) {
      throw_bad_input("{}: has {} bytes, the manifest says {}", here.string(), bytes, file.bytes);
    }
  }
  return manifest;
}

std::shared_ptr<const PairStore> open_lmdb(const fs::path& folder) {
  if (const fs::path manifest = folder / "manifest.json"; fs::exists(manifest)) read_sized_manifest(manifest);
  return open_lmdb_pairs(folder);
}

std::shared_ptr<const PairStore> open_shards(const fs::path& folder, const std::string& split) {
  const Manifest manifest = read_sized_manifest(folder / "manifest.json");
  if (!split.empty() && split != manifest.split) {
    throw_bad_input("{}: holds the split {}, not {}", folder.string(), manifest.split, split);
  }
  return open_shard_pairs(folder, manifest);
}

std::shared_ptr<const PairStore> open_store(const fs::path& source, const std::string& split) {
  if (is_lmdb_split(source)) return open_lmdb(source);
  if (fs::exists(source / "manifest.json")) return open_shards(source, split);
  const fs::path images = source / (split + "_imgs.tsv"), texts = source / (split + "_texts.jsonl");
  if (fs::exists(images) || fs::exists(texts)) {
    if (const fs::path manifest = source / (split + "_manifest.json"); fs::exists(manifest)) {
      read_sized_manifest(manifest);
    }
    return open_official_pairs(images, texts);
  }
  if (const auto inner = find_lmdb_split(source, split)) return open_lmdb(*inner);
  throw_bad_input(
      "{}: nothing to train from: neither cnclip's shards, nor an LMDB split, nor {}_imgs.tsv and "
      "{}_texts.jsonl; `cnclip data convert` makes shards of other data sets",
      source.string(), split, split);
}

}  // namespace

std::shared_ptr<const PairStore> open_pairs(const fs::path& source, const std::string& split) {
  auto store = open_store(source, split);
  if (store->size() == 0) throw_bad_input("{}: the split has no pairs of image and text", source.string());
  return store;
}

}  // namespace cnclip
