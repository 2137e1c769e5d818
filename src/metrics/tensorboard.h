// Event files, which TensorBoard shows: records framed as TFRecord, each a protobuf Event. Encoded by hand: of the two
// formats, a run needs some thirty bytes.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/append_file.h"

namespace cnclip {

using Scalars = std::vector<std::pair<std::string, double>>;  // tags such as "train/loss", and their values

class EventFile {
 public:
  // A new events.out.tfevents.<unix seconds>.cnclip, which sorts behind those that are in the folder. TensorBoard drops
  // what earlier files say of `first_step` and later steps.
  EventFile(const std::filesystem::path& folder, std::int64_t first_step);
  void add(std::int64_t step, const Scalars& scalars);

 private:
  AppendFile file_;
};

}  // namespace cnclip
