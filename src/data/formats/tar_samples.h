// Tar shards, plain or compressed, as img2dataset, WebDataset and cnclip write them: neighbouring files that share a
// name up to its first dot are one sample: key.jpg (or .png, .webp, …), key.txt, key.json.
#pragma once

#include <filesystem>
#include <memory>

#include "data/formats/record.h"

namespace cnclip {

// Every image, with the captions and the metadata that lie beside it. The id is "image_id" of the JSON, or else the
// key; a second image of one key is a sample of its own, by its full name. A shard that is cut short ends with a
// sample that has an error; the next shard follows.
//
// Captions that bring no id have an empty one. With `pictures` false the images' bytes are skipped.
std::unique_ptr<Source<Sample>> open_tar_samples(std::vector<std::filesystem::path> shards, bool pictures = true);

bool is_tar_name(std::string_view name);  // .tar, .tar.gz, .tgz
// In the order of their names.
std::vector<std::filesystem::path> tar_files_in(const std::filesystem::path& folder);

// Captions and metadata out of key.json. Ours: {"image_id", "captions": [{"text_id", "text"}], "metadata": {}};
// img2dataset's: {"caption", "url", "width", …}, of which all but the caption is metadata. Returns what is wrong;
// empty: nothing.
std::string read_sample_json(std::string_view json, Sample& sample);
std::string sample_json(const Sample& sample);

// "jpg", "png", …, by the first bytes; "img" for what is not known.
std::string_view image_extension(std::string_view bytes);

}  // namespace cnclip
