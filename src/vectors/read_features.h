// Features from a file, as FeatureWriter and the official extract_features write them.
#pragma once

#include <filesystem>
#include <string>

#include "vectors/feature_set.h"

namespace cnclip {

// `.npy`: float32 rows in C order, mapped, ids in `<stem>.ids.txt` beside it. `.jsonl`: {"<id_key>": …, "feature": […]}
// a line. Rows stay in file order and keep their lengths. Needs the memory of the matrix, and little more.
// Throws bad_input, naming the file and the line or row, for ids that are missing, too many or twice there, rows of
// other widths and what check_features refuses; usage for another extension.
FeatureSet read_features(const std::filesystem::path& path, const std::string& id_key);

}  // namespace cnclip
