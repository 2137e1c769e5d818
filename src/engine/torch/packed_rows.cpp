#include "engine/torch/packed_rows.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <numeric>

namespace cnclip {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor scattered(const at::Tensor& packed, const at::Tensor& places, std::int64_t count) {
  return at::zeros({count, packed.size(1)}, packed.options()).index_copy_(0, places, packed);
}

// Each is the other's derivative: no two tokens share a place. Autograd's own would add into zeros instead of copying.
struct Pad : torch::autograd::Function<Pad> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& packed, const at::Tensor& places,
                            std::int64_t count) {
    context->save_for_backward({places});
    return scattered(packed, places, count);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {gradients[0].index_select(0, context->get_saved_variables()[0]), {}, {}};
  }
};

struct Pack : torch::autograd::Function<Pack> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& padded, const at::Tensor& places) {
    context->save_for_backward({places});
    context->saved_data["count"] = padded.size(0);
    return padded.index_select(0, places);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {scattered(gradients[0], context->get_saved_variables()[0], context->saved_data["count"].toInt()), {}};
  }
};

}  // namespace

PackedRows::PackedRows(std::span<const std::int32_t> lengths, at::Device device)
    : rows(static_cast<std::int64_t>(lengths.size())) {
  if (!lengths.empty()) {
    shortest = std::ranges::min(lengths);
    longest = std::ranges::max(lengths);
  }
  const std::int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  starts = at::empty({rows}, at::kLong);
  positions = at::empty({tokens}, at::kLong);
  padded = at::empty({tokens}, at::kLong);
  std::int64_t token = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    starts.data_ptr<std::int64_t>()[row] = token;
    for (std::int64_t i = 0; i < lengths[static_cast<std::size_t>(row)]; ++i, ++token) {
      positions.data_ptr<std::int64_t>()[token] = i;
      padded.data_ptr<std::int64_t>()[token] = row * longest + i;
    }
  }
  if (tokens < rows * longest) {
    mask = at::zeros({rows * longest}, at::kBool);
    mask.index_fill_(0, padded, true);
    mask = mask.view({rows, 1, 1, longest}).to(device);
    padded = padded.to(device);
  } else {
    padded.reset();
  }
  starts = starts.to(device), positions = positions.to(device);
}

at::Tensor PackedRows::pad(const at::Tensor& packed) const {
  if (!padded.defined()) return packed.view({rows, longest, -1});
  return Pad::apply(packed, padded, rows * longest).view({rows, longest, -1});
}

at::Tensor PackedRows::pack(const at::Tensor& rows_of_tokens) const {
  const at::Tensor flat = rows_of_tokens.reshape({rows * longest, -1});
  return padded.defined() ? Pack::apply(flat, padded) : flat;
}

}  // namespace cnclip
