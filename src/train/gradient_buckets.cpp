#include "train/gradient_buckets.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

#include "base/error.h"

namespace cnclip {

// Called by the backward pass when a parameter's gradient has been added up. On the CPU LibTorch runs the backward pass
// in the thread that asked for it, so that MPI is called from the thread that opened it.
class GradientBuckets::Hook final : public torch::autograd::PostAccumulateGradHook {
 public:
  Hook(GradientBuckets& buckets, std::size_t place) : buckets_(buckets), place_(place) {}
  void operator()(const at::Tensor&) override { buckets_.on_ready(place_); }

 private:
  GradientBuckets& buckets_;
  std::size_t place_;
};

GradientBuckets::GradientBuckets(const TorchTensors& parameters, const std::vector<std::string>& skip, World& world,
                                 std::int64_t bucket_bytes)
    : world_(world), bucket_bytes_(bucket_bytes) {
  if (world.size() == 1) return;
  for (const auto& [name, parameter] : parameters) {
    if (parameter.requires_grad() && std::ranges::find(skip, name) == skip.end()) entries_.push_back({name, parameter});
  }
  std::ranges::sort(entries_, {}, &Entry::name);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    torch::autograd::impl::set_post_acc_grad_hooks(entries_[i].parameter, std::make_unique<Hook>(*this, i));
  }
}

GradientBuckets::~GradientBuckets() {
  for (const Entry& entry : entries_) torch::autograd::impl::set_post_acc_grad_hooks(entry.parameter, nullptr);
}

void GradientBuckets::arm() {
  if (entries_.empty()) return;
  armed_ = true;
  begun_ = 0;
  for (Bucket& bucket : buckets_) bucket.missing = bucket.parameters.size();
  for (Entry& entry : entries_) entry.ready = false;
}

void GradientBuckets::on_ready(std::size_t place) {
  if (!armed_) return;
  Entry& entry = entries_[place];
  if (entry.ready) throw_internal("training: the gradient of {} became ready twice in one step", entry.name);
  entry.ready = true;
  if (buckets_.empty()) {
    sequence_.push_back(place);
    return;
  }
  --buckets_[entry.bucket].missing;
  while (begun_ < buckets_.size() && buckets_[begun_].missing == 0) begin_sum(buckets_[begun_++]);
  world_.advance();
}

void GradientBuckets::finish() {
  if (!armed_) return;
  armed_ = false;
  if (buckets_.empty()) fix_buckets();
  while (begun_ < buckets_.size()) begin_sum(buckets_[begun_++]);
  world_.wait();
  for (Bucket& bucket : buckets_) write_back(bucket);
}

// By the order that rank 0 has seen; what got no gradient comes last.
void GradientBuckets::fix_buckets() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].ready) sequence_.push_back(i);
  }
  at::Tensor sequence = at::empty({static_cast<std::int64_t>(sequence_.size())}, at::kLong);
  std::ranges::copy(sequence_, sequence.data_ptr<std::int64_t>());
  sequence = world_.gather(sequence);
  std::int64_t free = 0;  // bytes in the last bucket
  for (std::size_t i = 0; i < sequence_.size(); ++i) {
    const auto place = static_cast<std::size_t>(sequence.data_ptr<std::int64_t>()[i]);
    const auto bytes = static_cast<std::int64_t>(entries_[place].parameter.nbytes());
    if (buckets_.empty() || bytes > free) {
      buckets_.emplace_back();
      free = bucket_bytes_;
    }
    free -= bytes;
    buckets_.back().parameters.push_back(place);
    entries_[place].bucket = buckets_.size() - 1;
  }
}

void GradientBuckets::begin_sum(Bucket& bucket) {
  std::vector<at::Tensor> parts;
  std::vector<float> present;
  for (const std::size_t place : bucket.parameters) {
    const at::Tensor& parameter = entries_[place].parameter;
    at::Tensor& gradient = parameter.mutable_grad();
    present.push_back(gradient.defined() ? 1 : 0);
    parts.push_back(gradient.defined() ? gradient.reshape(-1) : at::zeros({parameter.numel()}, parameter.options()));
  }
  parts.push_back(at::tensor(present).to(parts.front().options()));
  bucket.values = at::cat(parts);
  for (const std::size_t place : bucket.parameters) entries_[place].parameter.mutable_grad().reset();
  world_.add_later(bucket.values);
}

void GradientBuckets::write_back(Bucket& bucket) {
  const auto count = static_cast<std::int64_t>(bucket.parameters.size());
  const at::Tensor present = bucket.values.narrow(0, bucket.values.numel() - count, count).to(at::kCPU, at::kFloat);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < bucket.parameters.size(); ++i) {
    const at::Tensor& parameter = entries_[bucket.parameters[i]].parameter;
    if (present.data_ptr<float>()[i] > 0) {
      parameter.mutable_grad() = bucket.values.narrow(0, begin, parameter.numel()).view(parameter.sizes());
    }
    begin += parameter.numel();
  }
  bucket.values.reset();
}

}  // namespace cnclip
