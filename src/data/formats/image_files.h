// Pictures as files: the id is the path as it was found or listed.
#pragma once

#include <filesystem>
#include <memory>

#include "data/formats/part.h"
#include "data/formats/record.h"

namespace cnclip {

struct ImageFile {
  std::string id;
  std::string path;  // a filesystem::path keeps its parts, too: some 350 bytes more for each of millions
  nlohmann::ordered_json metadata = nlohmann::ordered_json::object();
};

// Every picture below the folder, by the path relative to it, in byte order.
std::unique_ptr<Source<Sample>> open_image_folder(const std::filesystem::path& folder, Part part = {});
std::unique_ptr<Source<Sample>> open_image_file(const std::filesystem::path& file);
// Paths, one a line, relative to the list.
std::unique_ptr<Source<Sample>> open_image_list(const std::filesystem::path& list, Part part = {});
std::unique_ptr<Source<Sample>> open_image_files(std::vector<ImageFile> files);

}  // namespace cnclip
