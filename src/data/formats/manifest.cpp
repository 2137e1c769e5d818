#include "data/formats/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "data/formats/bounded_json.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::size_t kBlock = std::size_t{4} << 20;

std::string sha256_of(const fs::path& path) {
  const auto file = MappedFile::open(path);
  Sha256 hash;
  for (std::size_t at = 0; at < file->size(); at += kBlock) {
    const std::size_t size = std::min(kBlock, file->size() - at);
    hash.update({file->slice(at, size).get(), size});
  }
  return hash.hex();
}

}  // namespace

Manifest read_manifest(const fs::path& path) {
  const Json json = parse_bounded_json(read_file(path, std::size_t{256} << 20));
  try {
    if (json.at("cnclip_data").get<int>() != kVersion) throw_bad_input("{}: of another version", path.string());
    Manifest manifest{json.at("format"), json.at("split"), json.at("recipe"), json.at("images"),
                      json.at("texts"),  json.at("pairs"), json.at("errors"), {}};
    for (const Json& file : json.at("files")) {
      ManifestFile entry{file.at("file"), file.at("bytes"), file.at("sha256"), file.value("samples", std::uint64_t{0})};
      const fs::path name = entry.name;
      if (name.is_absolute() || name.lexically_normal() != name || entry.name.starts_with("..")) {
        throw_bad_input("{}: names the file {}, which lies elsewhere", path.string(), entry.name);
      }
      manifest.files.push_back(std::move(entry));
    }
    return manifest;
  } catch (const Json::exception&) {
    throw_bad_input("{}: is not the manifest of a data set", path.string());
  }
}

std::string manifest_json(const Manifest& manifest) {
  Json files = Json::array();
  for (const ManifestFile& file : manifest.files) {
    Json entry = {{"file", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}};
    if (file.samples > 0) entry["samples"] = file.samples;
    files.push_back(std::move(entry));
  }
  const Json json = {{"cnclip_data", kVersion},   {"format", manifest.format}, {"split", manifest.split},
                     {"recipe", manifest.recipe}, {"images", manifest.images}, {"texts", manifest.texts},
                     {"pairs", manifest.pairs},   {"errors", manifest.errors}, {"files", std::move(files)}};
  return json.dump(1) + "\n";
}

ManifestFile describe_file(const fs::path& folder, const std::string& name) {
  return {name, fs::file_size(folder / name), sha256_of(folder / name), 0};
}

void check_files(const Manifest& manifest, const fs::path& folder,
                 const std::function<void(const std::string&)>& fault) {
  for (const ManifestFile& file : manifest.files) {
    const fs::path path = folder / file.name;
    if (!fs::exists(path)) {
      fault(fmt::format("{}: is missing", path.string()));
    } else if (const auto bytes = fs::file_size(path); bytes != file.bytes) {
      fault(fmt::format("{}: has {} bytes, the manifest says {}", path.string(), bytes, file.bytes));
    } else if (const std::string sha256 = sha256_of(path); sha256 != file.sha256) {
      fault(fmt::format("{}: has sha256 {}, the manifest says {}", path.string(), sha256, file.sha256));
    }
  }
}

}  // namespace cnclip
