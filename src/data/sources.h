// Images alone and texts alone, for commands that take either: views of the same readers that data sets are read by.
#pragma once

#include <filesystem>
#include <memory>

#include "data/formats/record.h"

namespace cnclip {

using ImageItem = Sample;
using TextItem = Text;
using ImageSource = Source<ImageItem>;
using TextSource = Source<TextItem>;

// A folder (every image below it, by name of path, in byte order), a picture, a list of paths (.txt), official .tsv
// (id, tab, base64), an LMDB folder (official `imgs`, or the split above it), a tar file or a folder of tar shards.
std::unique_ptr<ImageSource> open_images(const std::filesystem::path& input);

// Official .jsonl ({"text_id", "text"}), or any other file: a text a line. "-" is standard input.
std::unique_ptr<TextSource> open_texts(const std::string& input);

}  // namespace cnclip
