// The neutral sentences, encoded by the index's model.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "search/query_encoder.h"

namespace cnclip::search {

// Rows of the model's width. Kept in INDEX/neutral.cache, where INDEX can be written; a file that is not whole, or of
// another model, is made anew.
std::vector<float> neutral_vectors(const std::filesystem::path& index, const ModelStamp& model, QueryEncoder& encoder);

}  // namespace cnclip::search
