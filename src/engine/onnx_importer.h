// Somebody else's reader of ONNX files, by which an export is checked.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/tensor.h"

namespace cnclip {

// A model with one input and one output, loaded. Runs on one thread at a time.
class ImportedOnnx {
 public:
  virtual ~ImportedOnnx() = default;
  // `input` as the file declares it, any batch and length; the answer is f32.
  virtual Tensor run(const Tensor& input) = 0;
};

class OnnxImporter {
 public:
  virtual ~OnnxImporter() = default;
  virtual std::string name() const = 0;  // with its version
  // Whether it multiplies in the types of the file; else in f32, whatever type the weights are kept in.
  virtual bool keeps_types() const { return false; }
  // Throws internal when it cannot make sense of the file.
  virtual std::unique_ptr<ImportedOnnx> load(const std::filesystem::path& file) = 0;
};

}  // namespace cnclip
