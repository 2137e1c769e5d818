#include "vectors/feature_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/npy.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& path, const char* extension) {
  fs::path other = path;
  return other.replace_extension(extension);
}

nlohmann::json id_value(const std::string& id) {
  const bool number = !id.empty() && id.size() < 19 &&
                      std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c); }) &&
                      (id.size() == 1 || id[0] != '0');
  if (number) return std::stoll(id);
  return id;
}

std::string dumped(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

struct FeatureWriter::Impl {
  Impl(const fs::path& to, std::int64_t width, std::string key)
      : path(to), columns(width), id_key(std::move(key)), npy(path.extension() == ".npy"), features(path) {}

  fs::path path;
  std::int64_t columns;
  std::string id_key;
  bool npy;
  AtomicFile features;
  std::optional<AtomicFile> ids, errors;
  std::int64_t rows = 0;
};

FeatureWriter::FeatureWriter(const fs::path& path, std::int64_t columns, std::string id_key) {
  if (path.extension() != ".npy" && path.extension() != ".jsonl")
    throw_usage("{}: features are written as .npy or .jsonl", path.string());
  impl_ = std::make_unique<Impl>(path, columns, std::move(id_key));
  if (impl_->npy) {
    impl_->ids.emplace(beside(path, ".ids.txt"));
    impl_->features.write(npy_header({0, columns}));
  }
}
FeatureWriter::~FeatureWriter() = default;

void FeatureWriter::add(const std::string& id, std::span<const float> row) {
  ++impl_->rows;
  if (impl_->npy) {
    impl_->features.write(std::as_bytes(row));
    impl_->ids->write(id + "\n");
    return;
  }
  nlohmann::ordered_json line;
  line[impl_->id_key] = id_value(id);
  line["feature"] = std::vector<float>(row.begin(), row.end());
  impl_->features.write(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void FeatureWriter::add_error(const std::string& id, const std::string& error) {
  if (!impl_->errors) impl_->errors.emplace(beside(impl_->path, ".errors.jsonl"));
  impl_->errors->write(dumped({{"input", id}, {"error", error}}));
}

void FeatureWriter::finish() {
  if (impl_->npy) impl_->features.write_at(0, npy_header({impl_->rows, impl_->columns}));
  // All of them or none: what can fail comes before the first final name.
  for (AtomicFile* file :
       {&impl_->features, impl_->ids ? &*impl_->ids : nullptr, impl_->errors ? &*impl_->errors : nullptr}) {
    if (file != nullptr) file->sync();
  }
  if (impl_->ids) impl_->ids->commit();
  // A list of an earlier run would tell lies about this one.
  if (impl_->errors)
    impl_->errors->commit();
  else
    fs::remove(beside(impl_->path, ".errors.jsonl"));
  impl_->features.commit();
}

}  // namespace cnclip
