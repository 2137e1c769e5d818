// The official LMDB split: `imgs` (image id -> base64, and num_images) and `pairs` (running number -> pickled
// (image_id, text_id, text), and num_samples).
#pragma once

#include <functional>
#include <memory>

#include "data/formats/lmdb_file.h"
#include "data/formats/pickled_pair.h"

namespace cnclip {

bool is_lmdb_split(const std::filesystem::path& folder);
// The split of that name below `folder`: <split>/ or lmdb/<split>/.
std::optional<std::filesystem::path> find_lmdb_split(const std::filesystem::path& folder, const std::string& split);

// In the order of the keys.
std::unique_ptr<Source<Sample>> open_image_lmdb(const std::filesystem::path& folder);

// In the order of the running numbers, which is that of the lines the pairs were made of: neighbours with the same id
// and text are one text with several images.
std::unique_ptr<TextReader> open_pair_lmdb(const std::filesystem::path& folder);

// Single records, for reading in any order. Any number of threads. Throw bad_input for what is missing or broken.
std::uint64_t count_lmdb_pairs(const LmdbFile& pairs);
PickledPair read_lmdb_pair(const LmdbFile& pairs, std::uint64_t number);
std::string read_lmdb_image(const LmdbFile& images, const std::string& id);

// Counts that do not fit the records, and records an earlier, larger build left behind: `fault` is told of each.
void check_official_lmdb(const std::filesystem::path& split, const std::function<void(const std::string&)>& fault);

// Writes one environment, key by key as the official packer does. Nothing is seen under `folder` before commit().
class LmdbWriter {
 public:
  explicit LmdbWriter(const std::filesystem::path& folder);
  ~LmdbWriter();
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;

  void put(std::string key, std::string value);
  std::uint64_t commit();  // bytes written

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr std::size_t kMaxLmdbKey = 511;

}  // namespace cnclip
