#include "engine/openvino/program.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace cnclip {

TowerShape tower_shape(const Graph& graph, const std::vector<Shape>& shapes, const TensorMap& weights) {
  TowerShape tower;
  tower.features = shapes[static_cast<std::size_t>(graph.output.id)].back();
  for (const Node& node : graph.nodes) {
    if (const auto* pixels = std::get_if<PixelInput>(&node.op)) tower.row_bytes = 3 * pixels->size * pixels->size;
    if (const auto* tables = std::get_if<EmbeddingSum>(&node.op)) {
      tower.vocabulary = weights.at(tables->word).shape[0];
      tower.positions = weights.at(tables->position).shape[0];
    }
  }
  return tower;
}

OpenVinoProgram::OpenVinoProgram(ov::CompiledModel model, const TowerShape& tower,
                                 std::shared_ptr<const MappedFile> storage)
    : storage_(std::move(storage)), model_(std::move(model)), request_(model_.create_infer_request()), tower_(tower) {}

void OpenVinoProgram::run(const Batch& batch, std::span<float> features) {
  if (batch.count < 0 || features.size() != static_cast<std::size_t>(batch.count * tower_.features)) {
    throw_internal("openvino: {} rows of {} features do not fit {} floats", batch.count, tower_.features,
                   features.size());
  }
  try {
    tower_.row_bytes > 0 ? run_images(batch, features) : run_texts(batch, features);
  } catch (const ov::Exception& error) {
    throw_internal("openvino: {}", error.what());
  }
}

void OpenVinoProgram::run_images(const Batch& batch, std::span<float> features) {
  const auto row_bytes = static_cast<std::size_t>(tower_.row_bytes);
  if (batch.pixels.size() != static_cast<std::size_t>(batch.count) * row_bytes) {
    throw_internal("openvino: {} bytes of pixels, {} images have {}", batch.pixels.size(), batch.count,
                   static_cast<std::size_t>(batch.count) * row_bytes);
  }
  ov::Shape shape = model_.input("pixels").get_partial_shape().get_min_shape();
  for (const ShapedRun& run : plan_images(batch.count)) {
    shape[0] = static_cast<std::size_t>(run.batch);
    ov::Tensor pixels = request_.get_tensor("pixels");
    pixels.set_shape(shape);
    auto* to = pixels.data<std::uint8_t>();
    // Rows of a run stand one after another in the batch; places that are left over keep whatever they held.
    const auto from = batch.pixels.subspan(run.rows.front() * row_bytes, run.rows.size() * row_bytes);
    std::ranges::copy(from, to);
    infer(run, features);
  }
}

void OpenVinoProgram::run_texts(const Batch& batch, std::span<float> features) {
  if (batch.lengths.size() != static_cast<std::size_t>(batch.count)) {
    throw_internal("openvino: {} lengths for {} texts", batch.lengths.size(), batch.count);
  }
  std::vector<std::size_t> begin;  // of each row in batch.ids
  std::size_t end = 0;
  for (const std::int32_t length : batch.lengths) {
    if (length < 1 || length > tower_.positions) {
      throw_bad_input("text {}: {} tokens, 1 to {} are possible", begin.size(), length, tower_.positions);
    }
    begin.push_back(end);
    end += static_cast<std::size_t>(length);
  }
  if (end != batch.ids.size()) throw_internal("openvino: {} token ids, the lengths ask for {}", batch.ids.size(), end);
  for (const std::int32_t id : batch.ids) {
    if (id < 0 || id >= tower_.vocabulary) throw_bad_input("token id {}: the vocabulary has {}", id, tower_.vocabulary);
  }

  for (const ShapedRun& run : plan_texts(batch.lengths, tower_.positions)) {
    const auto rows = static_cast<std::size_t>(run.batch), length = static_cast<std::size_t>(run.length);
    ov::Tensor ids = request_.get_tensor("ids"), mask = request_.get_tensor("mask");
    ids.set_shape({rows, length});
    mask.set_shape({rows, 1, 1, length});
    auto* id = ids.data<std::int32_t>();
    auto* seen = mask.data<float>();
    for (std::size_t i = 0; i < rows; ++i, id += length, seen += length) {
      // Places that are left over repeat the last row.
      const std::size_t row = run.rows[std::min(i, run.rows.size() - 1)];
      const auto size = static_cast<std::size_t>(batch.lengths[row]);
      std::copy_n(&batch.ids[begin[row]], size, id);
      std::fill(id + size, id + length, 0);
      std::fill(seen, seen + size, 0.0f);
      std::fill(seen + size, seen + length, -std::numeric_limits<float>::infinity());
    }
    infer(run, features);
  }
}

void OpenVinoProgram::infer(const ShapedRun& run, std::span<float> features) {
  request_.infer();
  if (storage_ && !packed_)
    storage_->slice(0, storage_->size()).reset();  // weights are packed by now: let the pages go
  packed_ = true;
  const ov::Tensor output = request_.get_output_tensor();
  const auto width = static_cast<std::size_t>(tower_.features);
  for (std::size_t i = 0; i < run.rows.size(); ++i) {
    std::copy_n(output.data<const float>() + i * width, width, &features[run.rows[i] * width]);
  }
}

}  // namespace cnclip
