// The kinds of image source, one file each; open_images chooses.
#pragma once

#include <vector>

#include "data/sources.h"

namespace cnclip {

inline constexpr std::size_t kMaxImageBytes = std::size_t{256} << 20;

std::unique_ptr<ImageSource> open_image_folder(const std::filesystem::path& folder);
std::unique_ptr<ImageSource> open_image_file(const std::filesystem::path& file);
std::unique_ptr<ImageSource> open_image_list(const std::filesystem::path& list);
std::unique_ptr<ImageSource> open_image_tsv(const std::filesystem::path& tsv);
std::unique_ptr<ImageSource> open_image_lmdb(const std::filesystem::path& folder);
std::unique_ptr<ImageSource> open_image_tar(std::vector<std::filesystem::path> shards);

// Base64 in either alphabet, as Python's urlsafe_b64decode reads it: foreign characters are skipped, wrong padding is
// an error (nothing is returned).
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace cnclip
