// How a model is computed in int8, and the small file that says so.
//
// The file is safetensors: `image/step/<layer>` and `text/step/<layer>`, one float each, and
// `image/smoothing/<layer norm>`, a float a channel. Its metadata bind it to the weights it was made for.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "checkpoint/load.h"
#include "graph/quantize.h"

namespace cnclip {

struct Quantization {
  TowerQuantization image, text;
  std::map<std::string, std::string> notes;  // how it was made, for people
  std::string digest;                        // of the file it came from
};

// `fingerprint` is the model_fingerprint (checkpoint/content_digest.h) of the model it is for.
void write_quantization(const std::filesystem::path& path, const Quantization& quantization,
                        const std::string& fingerprint);

// `fingerprint` is that of the checkpoint. Throws bad_input, naming the file, for one that is none, that was made for
// other weights, that names layers which the towers lack, or holds a number that is no step.
Quantization read_quantization(const std::filesystem::path& path, const Checkpoint& checkpoint,
                               const std::string& fingerprint);

// Where the file of a model is looked for: M.int8.safetensors beside M.pt, int8.safetensors in a folder.
std::filesystem::path quantization_beside(const std::filesystem::path& model);

// The file to read: `given`, or if that is empty the one beside the model. Throws bad_input, with the command that
// makes it, if it is not there.
std::filesystem::path quantization_of(const std::filesystem::path& model, const std::string& given);

}  // namespace cnclip
