// Usage: cnclip_onnx_cases FOLDER f32|f16 [INLINE_LIMIT]
// Writes every node case that has an exportable input as FOLDER/<number>/model.onnx, its batches in the model's own
// inputs, and what the reference engine says, all raw little-endian, with FOLDER/cases.json as the list.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "engine/node_cases.h"
#include "engine/reference/reference.h"
#include "export/onnx.h"

namespace {

using namespace cnclip;
namespace fs = std::filesystem;

template <class T>
void write_raw(const fs::path& path, const std::vector<T>& values) {
  write_file(path, std::string_view(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)));
}

std::vector<float> normalized(const CaseBatch& batch, const NormalizePixels& norm, std::size_t plane) {
  std::vector<float> values;
  for (std::size_t i = 0; i < batch.pixels.size(); ++i) {
    const std::size_t channel = i / plane % 3;
    values.push_back(static_cast<float>((batch.pixels[i] / 255.0 - norm.mean[channel]) / norm.std[channel]));
  }
  return values;
}

std::vector<std::int64_t> padded(const CaseBatch& batch, std::int64_t length) {
  std::vector<std::int64_t> values;
  auto id = batch.ids.begin();
  for (const std::int32_t row : batch.lengths) {
    values.insert(values.end(), id, id + row);
    values.insert(values.end(), static_cast<std::size_t>(length - row), 0);
    id += row;
  }
  return values;
}

nlohmann::json write_batch(const NodeCase& c, const CaseBatch& batch, Program& program, const fs::path& prefix) {
  nlohmann::json made;
  const std::string stem = prefix.string();
  if (const auto* norm = std::get_if<NormalizePixels>(&c.graph.nodes[1].op)) {
    const int size = std::get<PixelInput>(c.graph.nodes[0].op).size;
    write_raw(stem + ".input", normalized(batch, *norm, static_cast<std::size_t>(size) * size));
    made["input"] = {{"dtype", "float32"}, {"shape", {batch.count, 3, size, size}}};
  } else {
    const std::int64_t length = *std::ranges::max_element(batch.lengths);
    write_raw(stem + ".input", padded(batch, length));
    made["input"] = {{"dtype", "int64"}, {"shape", {batch.count, length}}};
  }
  std::vector<float> features(static_cast<std::size_t>(batch.count * program.feature_size()));
  program.run(batch.view(), features);
  write_raw(stem + ".output", features);
  made["output"] = {{"shape", {batch.count, program.feature_size()}}};
  return made;
}

void run(const fs::path& folder, const OnnxOptions& options) {
  nlohmann::json list = nlohmann::json::array();
  for (const NodeCase& c : node_cases()) {
    if (c.reads_raw_pixels()) continue;
    const fs::path place = folder / fmt::to_string(list.size());
    fs::create_directories(place);
    const OnnxModel model = export_onnx(c.graph, c.weights, place / "model.onnx", options);
    const auto program = make_reference_engine()->compile(c.graph, c.weights, {});
    nlohmann::json batches = nlohmann::json::array();
    for (const CaseBatch& batch : c.batches) {
      batches.push_back(write_batch(c, batch, *program, place / fmt::to_string(batches.size())));
    }
    list.push_back({{"name", c.name}, {"files", model.files.size()}, {"batches", batches}});
  }
  write_file(folder / "cases.json", list.dump(1));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::runtime_error("usage: cnclip_onnx_cases FOLDER f32|f16 [INLINE_LIMIT]");
    OnnxOptions options;
    options.dtype = std::string_view(argv[2]) == "f16" ? DType::f16 : DType::f32;
    if (argc > 3) options.inline_limit = std::stoull(argv[3]);
    run(argv[1], options);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cnclip_onnx_cases: {}\n", error.what());
    return 1;
  }
}
