#include "train/checkpoints.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/save.h"
#include "engine/torch/tensors.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgress = "cnclip.progress";

LazyTensor lazy(const at::Tensor& tensor) {
  return {DType::f32, tensor.sizes().vec(), [tensor] { return from_torch(tensor); }};
}

std::string to_json(const Progress& progress) {
  return nlohmann::json{{"step", progress.step},
                        {"total_step", progress.total_step},
                        {"epoch", progress.epoch},
                        {"loss_scale", progress.loss_scale},
                        {"good_steps", progress.good_steps},
                        {"best_score", progress.best_score}}
      .dump();
}

Progress progress_of(const RawCheckpoint& state, const fs::path& file) {
  try {
    const auto json = nlohmann::json::parse(state.metadata.at(kProgress));
    Progress progress;
    json.at("step").get_to(progress.step);
    json.at("total_step").get_to(progress.total_step);
    json.at("epoch").get_to(progress.epoch);
    json.at("loss_scale").get_to(progress.loss_scale);
    json.at("good_steps").get_to(progress.good_steps);
    json.at("best_score").get_to(progress.best_score);
    return progress;
  } catch (const std::exception&) {
    throw_bad_input("{}: is not the state of a training run: its metadata has no sound {}", file.string(), kProgress);
  }
}

}  // namespace

Checkpoints::Checkpoints(fs::path folder, std::string run_name, int keep_last)
    : folder_(std::move(folder)), run_name_(std::move(run_name)), keep_last_(keep_last) {}

fs::path Checkpoints::weights_file(std::int64_t step) const {
  return folder_ / fmt::format("step-{}.pt", step);
}
fs::path Checkpoints::state_file(std::int64_t step) const {
  return folder_ / fmt::format("step-{}.state", step);
}

std::vector<std::int64_t> Checkpoints::steps() const {
  std::vector<std::int64_t> found;
  if (!fs::is_directory(folder_)) return found;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    std::int64_t step = 0;
    if (!name.starts_with("step-") || !name.ends_with(".pt")) continue;
    const char* end = name.data() + name.size() - 3;
    if (std::from_chars(name.data() + 5, end, step).ptr == end && fs::exists(state_file(step))) found.push_back(step);
  }
  std::ranges::sort(found);
  return found;
}

std::optional<std::int64_t> Checkpoints::newest() const {
  const auto all = steps();
  return all.empty() ? std::nullopt : std::optional(all.back());
}

void Checkpoints::save(const Trainee& trainee, AdamW& optimizer, const Progress& progress, bool best) const {
  fs::create_directories(folder_);
  TensorMap state;
  for (const AdamW::Entry& entry : optimizer.entries()) {
    state.set("first." + entry.name, lazy(entry.moments.first));
    state.set("second." + entry.name, lazy(entry.moments.second));
    state.set("step." + entry.name, lazy(entry.moments.step));
    if (trainee.is_extra(entry.name)) state.set("value." + entry.name, lazy(entry.parameter));
  }
  for (const auto& [name, matrix] : trainee.adapted_matrices()) state.set("base." + name, lazy(matrix));
  write_safetensors(state_file(progress.step), state, {{kProgress, to_json(progress)}});

  Checkpoint checkpoint;
  checkpoint.config = trainee.config();
  checkpoint.weights = trainee.weights();
  checkpoint.metadata = {
      {"epoch", fmt::to_string(progress.epoch)}, {"step", fmt::to_string(progress.total_step)}, {"name", run_name_}};
  try {
    save_checkpoint(checkpoint, weights_file(progress.step), Layout::official);
  } catch (...) {  // a full disk gets back what is of no use
    std::error_code ignored;
    fs::remove(state_file(progress.step), ignored);
    throw;
  }
  name_also(progress.step, "last.pt");
  if (best) name_also(progress.step, "best.pt");

  if (keep_last_ == 0) return;
  const auto all = steps();
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_last_) < all.size(); ++i) {
    fs::remove(weights_file(all[i]));
    fs::remove(state_file(all[i]));
  }
}

void Checkpoints::name_also(std::int64_t step, const char* name) const {
  const fs::path fresh = folder_ / fmt::format(".{}", name);
  fs::remove(fresh);
  std::error_code failed;
  fs::create_hard_link(weights_file(step), fresh, failed);
  if (failed) fs::copy_file(weights_file(step), fresh);  // a file system without links
  fs::rename(fresh, folder_ / name);
}

void Checkpoints::load_state(std::int64_t step, Trainee& trainee, AdamW& optimizer) const {
  const fs::path file = state_file(step);
  const RawCheckpoint state = read_raw(file);
  const auto read = [&](const std::string& key, const at::Tensor& into) {
    const LazyTensor* found = state.tensors.find(key);
    if (found == nullptr || found->shape != into.sizes().vec()) {
      throw_bad_input("{}: {} {} {}; the recipe trains other parameters now than it did then", file.string(), key,
                      found == nullptr ? "is missing, wanted of shape" : "is not of shape",
                      to_string(into.sizes().vec()));
    }
    into.detach().copy_(to_torch(found->load()));
  };
  for (AdamW::Entry& entry : optimizer.entries()) {
    read("first." + entry.name, entry.moments.first);
    read("second." + entry.name, entry.moments.second);
    read("step." + entry.name, entry.moments.step);
    if (trainee.is_extra(entry.name)) read("value." + entry.name, trainee.tensors().at(entry.name));
  }
  for (const auto& [name, matrix] : trainee.adapted_matrices()) read("base." + name, matrix);  // not as it was merged
}

Progress Checkpoints::load_progress(std::int64_t step) const {
  return progress_of(read_raw(state_file(step)), state_file(step));
}

}  // namespace cnclip
