// The manifest of a converted split: what was written, with check sums. It is written last: where it stands, all
// stands.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cnclip {

struct ManifestFile {
  std::string name;  // relative to the manifest
  std::uint64_t bytes = 0;
  std::string sha256;
  std::uint64_t samples = 0;  // of tar shards
};

struct Manifest {
  std::string format;  // shards, lmdb, tsv
  std::string split;
  std::string recipe;  // what it was made of, and how, as a digest
  std::uint64_t images = 0, texts = 0, pairs = 0, errors = 0;
  std::vector<ManifestFile> files;
};

// Throws bad_input for what is no manifest.
Manifest read_manifest(const std::filesystem::path& path);
std::string manifest_json(const Manifest& manifest);

// `file` as it lies in `folder` now.
ManifestFile describe_file(const std::filesystem::path& folder, const std::string& name);
// Tells `fault` of every file that is missing or not what the manifest says.
void check_files(const Manifest& manifest, const std::filesystem::path& folder,
                 const std::function<void(const std::string&)>& fault);

}  // namespace cnclip
