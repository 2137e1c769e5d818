// Compiled models on disk, so that the next start need not read weights or compile.
//
// A cache file is what OpenVINO exports, followed by a trailer of ours (size, digest): a file that is cut short or
// damaged is never given to OpenVINO, it counts as absent. Nor is a folder that cannot be written an error: the work
// is then done anew at every start.
#pragma once

#include <filesystem>
#include <openvino/runtime/compiled_model.hpp>
#include <optional>
#include <string>

#include "base/file.h"

namespace cnclip {

// The exported model in the file, or nothing when it is absent or not whole.
std::shared_ptr<const MappedFile> open_cached(const std::filesystem::path& file, std::size_t& size);

// Says whether it could be stored.
bool store_cached(const std::filesystem::path& file, ov::CompiledModel& model);

}  // namespace cnclip
