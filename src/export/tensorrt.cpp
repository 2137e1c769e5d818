#include "export/tensorrt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cnclip {
namespace {

constexpr std::int64_t kUsualBatch = 32, kMostBatch = 256;
constexpr std::int64_t kShortest = 2, kUsualLength = 16;  // of an empty text; most captions have 8 to 16 tokens

}  // namespace

TensorRtProfile tensorrt_profile(const OnnxModel& model, int context_length) {
  const bool text = model.input.dtype == DType::i64;
  const auto shape = [&](std::int64_t batch, std::int64_t length) {
    Shape made = model.input.shape;
    made[0] = batch;
    if (text) made[1] = std::min<std::int64_t>(length, context_length);
    return made;
  };
  return {shape(1, kShortest), shape(kUsualBatch, kUsualLength), shape(kMostBatch, context_length)};
}

std::string trtexec_command(const OnnxModel& model, const TensorRtProfile& profile) {
  const std::filesystem::path file = model.files.at(0).filename();
  const auto shape = [&](const char* option, const Shape& dims) {
    return fmt::format(" --{}={}:{}", option, model.input.name, fmt::join(dims, "x"));
  };
  // Strongly typed: what the model keeps in f32 (norms, softmax, masks, sums) stays so.
  return fmt::format("trtexec --onnx={} --saveEngine={} --stronglyTyped", file.string(),
                     std::filesystem::path(file).replace_extension("plan").string()) +
         shape("minShapes", profile.least) + shape("optShapes", profile.usual) + shape("maxShapes", profile.most);
}

}  // namespace cnclip
