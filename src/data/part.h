// One of several parts of an input, for machines or processes that share it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "data/formats/part.h"
#include "data/sources.h"

namespace cnclip {

// "i/n", counted from 1; or "auto": the rank that mpirun or srun gave this process, and of how many; a process that was
// started alone has all of it. Throws usage for anything else.
Part part_from(const std::string& text);

// As the functions of sources.h. Pictures of folders and lists that are of other parts are not read. A folder of tar
// shards is shared out by shards where there is one for each part at least; else items are read and dropped.
std::unique_ptr<ImageSource> open_images(const std::filesystem::path& input, Part part);
std::unique_ptr<TextSource> open_texts(const std::string& input, Part part);

}  // namespace cnclip
