#include "engine/openvino/program.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "engine/shaped_texts.h"

namespace cnclip {
namespace {

// Buffers grow with the tokens of a run; beyond these, larger runs gain no speed either.
const RunSizes kImageRuns{{1, 2, 4, 8, 16, 32}, 32, 0.3};
const RunSizes kTextRuns{{1, 2, 4, 8, 16, 32}, 2048, 24};

}  // namespace

OpenVinoProgram::OpenVinoProgram(ov::CompiledModel model, const TowerShape& tower, int streams,
                                 std::shared_ptr<const MappedFile> storage)
    : storage_(std::move(storage)), model_(std::move(model)), tower_(tower), streams_(streams) {
  // Two for each of several streams: one that is done finds the next run waiting.
  const int requests = streams == 1 ? 1 : 2 * streams;
  for (int i = 0; i < requests; ++i) requests_.push_back(model_.create_infer_request());
}

void OpenVinoProgram::run(const Batch& batch, std::span<float> features) {
  check_batch(tower_, batch, features);
  try {
    tower_.takes_images() ? run_images(batch, features) : run_texts(batch, features);
  } catch (const ov::Exception& error) {
    throw_internal("openvino: {}", error.what());
  }
}

std::vector<std::int64_t> OpenVinoProgram::preferred_batches() const {
  return kImageRuns.batches;
}

void OpenVinoProgram::run_images(const Batch& batch, std::span<float> features) {
  const auto row_bytes = static_cast<std::size_t>(tower_.row_bytes());
  ov::Shape shape = model_.input("pixels").get_partial_shape().get_min_shape();
  const auto fill = [&](ov::InferRequest& request, const ShapedRun& run) {
    shape[0] = static_cast<std::size_t>(run.batch);
    ov::Tensor pixels = request.get_tensor("pixels");
    pixels.set_shape(shape);
    auto* to = pixels.data<std::uint8_t>();
    // Rows of a run stand one after another in the batch; places that are left over keep whatever they held.
    const auto from = batch.pixels.subspan(run.rows.front() * row_bytes, run.rows.size() * row_bytes);
    std::ranges::copy(from, to);
  };
  infer(plan_images(batch.count, kImageRuns, streams_), fill, features);
}

void OpenVinoProgram::run_texts(const Batch& batch, std::span<float> features) {
  const ShapedTexts texts(batch);
  const auto fill = [&](ov::InferRequest& request, const ShapedRun& run) {
    const auto rows = static_cast<std::size_t>(run.batch), length = static_cast<std::size_t>(run.length);
    ov::Tensor ids = request.get_tensor("ids"), mask = request.get_tensor("mask");
    ids.set_shape({rows, length});
    mask.set_shape({rows, 1, 1, length});
    auto* id = ids.data<std::int32_t>();
    auto* seen = mask.data<float>();
    for (std::int64_t i = 0; i < run.batch; ++i, id += length, seen += length) {
      const std::int32_t size = texts.length(run, i);
      texts.copy_ids(run, i, id);
      std::fill(seen, seen + size, 0.0f);
      std::fill(seen + size, seen + length, -std::numeric_limits<float>::infinity());
    }
  };
  infer(plan_texts(batch.lengths, tower_.positions, kTextRuns, streams_), fill, features);
}

void OpenVinoProgram::infer(const std::vector<ShapedRun>& runs, const Fill& fill, std::span<float> features) {
  const auto width = static_cast<std::size_t>(tower_.features);
  const auto request_of = [&](std::size_t run) -> ov::InferRequest& { return requests_[run % requests_.size()]; };
  const auto take = [&](std::size_t done) {
    ov::InferRequest& request = request_of(done);
    request.wait();
    const ov::Tensor output = request.get_output_tensor();
    const ShapedRun& run = runs[done];
    for (std::size_t i = 0; i < run.rows.size(); ++i) {
      std::copy_n(output.data<const float>() + i * width, width, &features[run.rows[i] * width]);
    }
  };
  std::size_t taken = 0;
  try {
    for (std::size_t next = 0; next < runs.size(); ++next) {
      if (next - taken == requests_.size()) take(taken++);
      fill(request_of(next), runs[next]);
      request_of(next).start_async();
    }
    while (taken < runs.size()) take(taken++);
  } catch (...) {
    settle();
    throw;
  }
  if (storage_ && !packed_)
    storage_->slice(0, storage_->size()).reset();  // weights are packed by now: let the pages go
  packed_ = true;
}

void OpenVinoProgram::settle() {
  for (ov::InferRequest& request : requests_) {
    try {
      request.wait();
    } catch (const ov::Exception&) {  // the first error is the one to tell
    }
  }
}

}  // namespace cnclip
