#include "engine/torch/evaluate.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "engine/torch/sync_batch_norm.h"

namespace cnclip::torch_engine {
namespace {

constexpr double kQuick = 1.702;

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return at::relu(x);
    case Activation::gelu: return at::gelu(x);
    case Activation::quick_gelu: return at::silu(x * kQuick) * (1 / kQuick);
  }
  throw_internal("torch engine: activation {}", static_cast<int>(activation));
}

// (N, L, width) -> (N, heads, L, width / heads)
at::Tensor by_heads(const at::Tensor& x, int heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

class Evaluator {
 public:
  Evaluator(const std::vector<at::Tensor>& inputs, TorchWeights& weights, const TorchBatch& batch,
            const TrainingMode& mode)
      : in_(inputs), weights_(weights), batch_(batch), mode_(mode) {}

  at::Tensor operator()(const PixelInput&) const { return batch_.pixels; }
  at::Tensor operator()(const NormalizePixels& op) const {
    const auto options = x().options().dtype(at::kFloat);
    std::vector<float> mean(op.mean.begin(), op.mean.end()), deviation(op.std.begin(), op.std.end());
    const at::Tensor shift = at::tensor(mean).to(options).view({1, 3, 1, 1});
    const at::Tensor scale = at::tensor(deviation).to(options).view({1, 3, 1, 1});
    // Channels last, as convolutions and all that follows them are fastest in.
    return ((x().to(at::kFloat) / 255 - shift) / scale)
        .to(weights_.type(), false, false, at::MemoryFormat::ChannelsLast);
  }
  at::Tensor operator()(const TokenInput&) const { return batch_.ids; }

  at::Tensor operator()(const EmbeddingSum& op) const {
    const at::Tensor words = at::embedding(weights_.exact(op.word), batch_.ids);
    const at::Tensor positions = at::embedding(weights_.exact(op.position), batch_.rows.positions);
    return (words + positions + weights_.exact(op.type)[0]).to(weights_.type());
  }
  at::Tensor operator()(const PatchEmbed& op) const {
    const std::int64_t n = x().size(0), side = x().size(2) / op.patch;
    const std::int64_t used = side * op.patch;  // a border that makes no whole patch is left out
    const at::Tensor patches = x().narrow(2, 0, used)
                                   .narrow(3, 0, used)
                                   .reshape({n, 3, side, op.patch, side, op.patch})
                                   .permute({0, 2, 4, 1, 3, 5})
                                   .reshape({n, side * side, 3 * op.patch * op.patch});
    const at::Tensor weight = weights_.matrix(op.weight);
    return at::linear(patches.to(weights_.type()), weight.view({weight.size(0), -1}), optional(op.bias));
  }
  at::Tensor operator()(const PrependToken& op) const {
    return at::cat({weights_.matrix(op.token).expand({x().size(0), 1, -1}), x()}, 1);
  }
  at::Tensor operator()(const AddPositions& op) const { return x() + weights_.matrix(op.table); }
  // As the official code draws them: the order of uniform noise, the first ones stay, the class token always.
  at::Tensor operator()(const DropPatches&) const {
    if (mode_.patch_drop <= 0) return x();
    const std::int64_t patches = x().size(1) - 1;
    const auto kept = static_cast<std::int64_t>(static_cast<double>(patches) * (1 - mode_.patch_drop));
    const at::Tensor noise = at::rand({x().size(0), patches}, x().options().dtype(at::kFloat));
    const at::Tensor chosen = noise.argsort(std::int64_t{1}).narrow(1, 0, kept) + 1;
    const at::Tensor places = at::cat({at::zeros({x().size(0), 1}, chosen.options()), chosen}, 1);
    return x().gather(1, places.unsqueeze(2).expand({-1, -1, x().size(2)}));
  }
  at::Tensor operator()(const Dropout& op) const { return dropped(x(), op.probability); }

  // Computed in f32, whatever the type of its input.
  at::Tensor operator()(const LayerNorm& op) const {
    const at::Tensor weight = weights_.norm(op.weight);
    return at::layer_norm(x(), weight.sizes(), weight, weights_.norm(op.bias), op.epsilon).to(weights_.type());
  }
  at::Tensor operator()(const Linear& op) const {
    const at::Tensor weight = weights_.matrix(op.weights);
    at::Tensor y;
    if (op.activation == Activation::quick_gelu && !op.biases.empty()) {
      // x sigmoid(1.702 x) = silu(1.702 x) / 1.702; the first factor costs nothing inside of the product.
      const at::Tensor flat = x().reshape({-1, x().size(-1)});
      y = at::silu(at::addmm(weights_.matrix(op.biases), flat, weight.t(), kQuick, kQuick)).mul_(1 / kQuick);
      std::vector<std::int64_t> shape = x().sizes().vec();
      shape.back() = weight.size(0);
      y = y.view(shape);
    } else {
      y = activate(op.activation,
                   at::linear(x(), weight, op.biases.empty() ? at::Tensor() : weights_.matrix(op.biases)));
    }
    y = dropped(y, op.dropout);
    return in_.size() > 1 ? y + in_[1] : y;
  }
  at::Tensor operator()(const Attention& op) const {
    const bool text = op.mask == Mask::lengths;
    const at::Tensor packed = text ? batch_.rows.pad(in_.back()) : in_.back();
    const bool one = in_.size() == 2;
    const auto parts = packed.chunk(one ? 2 : 3, 2);
    const at::Tensor query = by_heads(one ? x().unsqueeze(1) : parts[0], op.heads);
    const at::Tensor keys = by_heads(parts[one ? 0 : 1], op.heads), values = by_heads(parts[one ? 1 : 2], op.heads);
    c10::optional<at::Tensor> mask;
    if (text && batch_.rows.mask.defined()) mask = batch_.rows.mask.expand({-1, -1, query.size(2), -1});
    at::Tensor y = at::scaled_dot_product_attention(query, keys, values, mask, mode_.dropout ? op.dropout : 0.0);
    y = y.transpose(1, 2).reshape({packed.size(0), query.size(2), -1});
    if (one) return y.squeeze(1);
    return text ? batch_.rows.pack(y) : y;
  }
  at::Tensor operator()(const ConvBnAct& op) const {
    at::Tensor y = at::conv2d(x().to(weights_.type()), weights_.matrix(op.weight), {}, op.stride, op.padding);
    for (const ConvBnAct::BatchNorm& norm : op.norm) {
      y = normalized(y, norm);
    }
    if (!op.bias.empty()) {
      const at::Tensor bias = weights_.matrix(op.bias);
      y = y + (bias.dim() == 1 ? bias.view({-1, 1, 1}) : bias);
    }
    return activate(op.activation, in_.size() > 1 ? y + in_[1] : y);
  }
  at::Tensor operator()(const AvgPool& op) const { return at::avg_pool2d(x(), op.kernel); }
  at::Tensor operator()(const AttentionPool& op) const {
    const at::Tensor places = x().flatten(2).transpose(1, 2);
    const at::Tensor tokens = at::cat({places.mean(1, true), places}, 1) + weights_.matrix(op.positions);
    const auto heads_of = [&](const at::Tensor& rows, const std::string& weight, const std::string& bias) {
      return by_heads(at::linear(rows, weights_.matrix(weight), weights_.matrix(bias)), op.heads);
    };
    const at::Tensor y = at::scaled_dot_product_attention(heads_of(tokens.narrow(1, 0, 1), op.q_weight, op.q_bias),
                                                          heads_of(tokens, op.k_weight, op.k_bias),
                                                          heads_of(tokens, op.v_weight, op.v_bias));
    return at::linear(y.transpose(1, 2).reshape({x().size(0), -1}), weights_.matrix(op.out_weight),
                      weights_.matrix(op.out_bias));
  }
  at::Tensor operator()(const TakeToken& op) const {
    if (x().dim() == 3) return x().select(1, op.index);
    if (op.index >= batch_.rows.shortest) {
      throw_bad_input("a text of {} tokens has no token {}", batch_.rows.shortest, op.index);
    }
    return x().index_select(0, batch_.rows.starts + op.index);
  }
  at::Tensor operator()(const Project& op) const { return at::matmul(x(), weights_.matrix(op.weight)); }

 private:
  const at::Tensor& x() const { return in_[0]; }
  c10::optional<at::Tensor> optional(const std::string& name) const {
    return name.empty() ? c10::optional<at::Tensor>() : weights_.matrix(name);
  }
  at::Tensor normalized(const at::Tensor& y, const ConvBnAct::BatchNorm& norm) const {
    const at::Tensor weight = weights_.exact(norm.weight), bias = weights_.exact(norm.bias);
    const bool of_batch = mode_.batch_norm != BatchStatistics::running;
    at::Tensor mean, variance;  // the running ones, where they serve or move
    if (!of_batch || mode_.move_running) {
      mean = weights_.exact(norm.mean);
      variance = weights_.exact(norm.variance);
    }
    if (mode_.batch_norm == BatchStatistics::all_ranks) {
      return sync_batch_norm(y, weight, bias, mean, variance, norm.epsilon, mode_.add_over_ranks);
    }
    return at::batch_norm(y, weight, bias, mean, variance, of_batch, kMomentum, norm.epsilon, false);
  }
  at::Tensor dropped(const at::Tensor& y, float probability) const {
    return mode_.dropout && probability > 0 ? at::dropout(y, probability, true) : y;
  }

  const std::vector<at::Tensor>& in_;
  TorchWeights& weights_;
  const TorchBatch& batch_;
  const TrainingMode& mode_;
};

}  // namespace

at::Tensor evaluate(const Op& op, const std::vector<at::Tensor>& inputs, TorchWeights& weights, const TorchBatch& batch,
                    const TrainingMode& mode) {
  return std::visit(Evaluator(inputs, weights, batch, mode), op);
}

}  // namespace cnclip::torch_engine
