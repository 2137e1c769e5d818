// Parquet files as a table of captions: LAION's metadata, and Hugging Face's data sets of one caption a picture.
#pragma once

#include "data/formats/caption_table.h"

namespace cnclip {

// The .parquet files of the folder, in the order of their names.
std::vector<std::filesystem::path> parquet_files_in(const std::filesystem::path& folder);

// One table in parts. `pictures` as for open_caption_table.
std::unique_ptr<CaptionTable> open_parquet_table(std::vector<std::filesystem::path> parts, bool pictures);

}  // namespace cnclip
