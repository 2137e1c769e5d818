// Tar shards of our own: POSIX ustar, bytes decided by the samples alone (no times, no owners).
#pragma once

#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"
#include "data/formats/manifest.h"
#include "data/formats/shard_index.h"

namespace cnclip {

inline constexpr std::size_t kTarBlock = 512;
inline constexpr std::size_t kMaxTarName = 100;

// The header block of a regular file. Names have at most kMaxTarName bytes.
std::string tar_header(const std::string& name, std::uint64_t bytes);

// One shard and its index. Neither is seen under its name before commit().
class ShardWriter {
 public:
  explicit ShardWriter(const std::filesystem::path& shard);
  // The image's file, then its JSON, under a key of nine digits.
  void add(std::uint64_t number, const Sample& sample);
  std::size_t samples() const { return samples_; }
  // The shard's entry for the manifest, then the index's.
  std::pair<ManifestFile, ManifestFile> commit();

 private:
  ShardMember add_file(std::uint64_t number, std::string_view extension, std::string_view content);
  void write(std::string_view bytes);

  std::filesystem::path path_;
  AtomicFile tar_;
  Sha256 hash_;
  std::string index_;
  std::size_t samples_ = 0;
};

}  // namespace cnclip
