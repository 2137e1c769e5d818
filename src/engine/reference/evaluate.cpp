#include "engine/reference/evaluate.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "graph/int8.h"

namespace cnclip::reference {
namespace {

void activate(Activation activation, std::vector<float>& values) {
  const auto each = [&](auto function) {
    for (float& value : values) value = static_cast<float>(function(double{value}));
  };
  switch (activation) {
    case Activation::none: return;
    case Activation::relu: return each([](double x) { return std::max(x, 0.0); });
    case Activation::gelu: return each([](double x) { return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))); });
    case Activation::quick_gelu: return each([](double x) { return x / (1.0 + std::exp(-1.702 * x)); });
  }
}

void add_to(Array& x, const float* other) {
  for (float& value : x.values) value += *other++;
}

class Evaluator {
 public:
  Evaluator(const std::vector<const Array*>& inputs, const Weights& weights, const Row& row, int threads)
      : in_(inputs), weights_(weights), row_(row), threads_(threads) {}

  Array operator()(const PixelInput& op) const {
    Array out({3, op.size, op.size});
    std::copy(row_.pixels.begin(), row_.pixels.end(), out.values.begin());
    return out;
  }
  Array operator()(const NormalizePixels& op) const {
    Array out = x();
    const std::size_t plane = out.values.size() / 3;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const double mean = op.mean[i / plane], deviation = op.std[i / plane];
      out.values[i] = static_cast<float>((out.values[i] / 255.0 - mean) / deviation);
    }
    return out;
  }
  // The ids themselves; whoever wants them reads the row.
  Array operator()(const TokenInput&) const { return Array({static_cast<std::int64_t>(row_.ids.size())}); }

  Array operator()(const EmbeddingSum& op) const {
    const Tensor &word = weight(op.word), &position = weight(op.position), &type = weight(op.type);
    const std::int64_t width = word.shape()[1], length = static_cast<std::int64_t>(row_.ids.size());
    if (length > position.shape()[0]) {
      throw_bad_input("a text of {} tokens: {} has {} rows", length, op.position, position.shape()[0]);
    }
    Array out({length, width});
    for (std::int64_t t = 0; t < length; ++t) {
      const std::int32_t id = row_.ids[static_cast<std::size_t>(t)];
      if (id < 0 || id >= word.shape()[0]) {
        throw_bad_input("token id {}: {} has {} rows", id, op.word, word.shape()[0]);
      }
      for (std::int64_t i = 0; i < width; ++i) {
        out.row(t)[i] = word.data<float>()[static_cast<std::size_t>(id * width + i)] +
                        position.data<float>()[static_cast<std::size_t>(t * width + i)] +
                        type.data<float>()[static_cast<std::size_t>(i)];
      }
    }
    return out;
  }
  Array operator()(const PatchEmbed& op) const {
    return multiply(unfold(x(), op.patch, op.patch, 0), matrix(op.weight), optional(op.bias), threads_);
  }
  Array operator()(const PrependToken& op) const {
    const auto token = weight(op.token).data<float>();
    Array out({x().dim(0) + 1, x().dim(1)});
    std::copy(token.begin(), token.end(), out.values.begin());
    std::copy(x().values.begin(), x().values.end(), out.values.begin() + x().dim(1));
    return out;
  }
  Array operator()(const AddPositions& op) const {
    Array out = x();
    add_to(out, weight(op.table).data<float>().data());
    return out;
  }
  Array operator()(const DropPatches&) const { return x(); }
  Array operator()(const Dropout&) const { return x(); }

  Array operator()(const LayerNorm& op) const {
    const auto scale = weight(op.weight).data<float>(), shift = weight(op.bias).data<float>();
    Array out = x();
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      const std::span<float> row(out.row(r), scale.size());
      const auto count = static_cast<double>(row.size());
      double sum = 0, squares = 0;
      for (const float value : row) sum += value;
      const double mean = sum / count;
      for (const float value : row) squares += (value - mean) * (value - mean);
      const double deviation = std::sqrt(squares / count + double{op.epsilon});
      for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = static_cast<float>((row[i] - mean) / deviation * scale[i] + shift[i]);
      }
    }
    return out;
  }
  Array operator()(const Linear& op) const {
    std::vector<Array> parts;
    std::int64_t width = 0;
    const Array in = rounded(op.input_step);
    for (std::size_t i = 0; i < op.weights.size(); ++i) {
      const Tensor* bias = op.biases.empty() ? nullptr : &weight(op.biases[i]);
      parts.push_back(multiply(in, rounded(weight(op.weights[i]), op.input_step), bias, threads_));
      width += parts.back().width();
    }
    Shape shape = x().shape;
    shape.back() = width;
    Array out(shape);
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      float* to = out.row(r);
      for (const Array& part : parts) to = std::copy_n(part.row(r), part.width(), to);
    }
    activate(op.activation, out.values);
    if (in_.size() > 1) add_to(out, in_[1]->values.data());
    return out;
  }
  // A row holds no padding, so the mask of lengths has nothing to hide.
  Array operator()(const Attention& op) const {
    if (in_.size() == 2) {
      const Array& kv = *in_[1];
      const std::int64_t width = x().width();
      Array out(x().shape);
      attend(x().row(0), kv.row(0), kv.row(0) + width, kv.dim(0), kv.width(), width, op.heads, out.row(0));
      return out;
    }
    const std::int64_t length = x().dim(0), width = x().width() / 3;
    Array out({length, width});
    in_parts(threads_, length, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        attend(x().row(i), x().row(0) + width, x().row(0) + 2 * width, length, x().width(), width, op.heads,
               out.row(i));
      }
    });
    return out;
  }
  Array operator()(const ConvBnAct& op) const {
    const std::int64_t kernel = weight(op.weight).shape()[2], channels = weight(op.weight).shape()[0];
    const std::int64_t side = (x().dim(1) + 2 * op.padding - kernel) / op.stride + 1;
    const Array places = unfold(rounded(op.input_step), kernel, op.stride, op.padding);
    Array out = transposed(multiply(places, rounded(matrix(op.weight), op.input_step), nullptr, threads_));
    for (const ConvBnAct::BatchNorm& norm : op.norm) normalize(out, norm);
    if (!op.bias.empty()) {
      const auto bias = weight(op.bias).data<float>();
      const std::size_t each = out.values.size() / bias.size();  // places that share one value: all of a channel, or 1
      for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] += bias[i / each];
    }
    if (in_.size() > 1) add_to(out, in_[1]->values.data());
    activate(op.activation, out.values);
    out.shape = {channels, side, side};
    return out;
  }
  Array operator()(const AvgPool& op) const {
    const std::int64_t height = x().dim(1) / op.kernel, width = x().dim(2) / op.kernel;
    Array out({x().dim(0), height, width});
    for (std::int64_t i = 0; i < x().dim(0) * height * width; ++i) {
      const std::int64_t channel = i / (height * width), top = i / width % height * op.kernel,
                         left = i % width * op.kernel;
      double sum = 0;
      for (std::int64_t k = 0; k < op.kernel * op.kernel; ++k) {
        sum += x().row(channel * x().dim(1) + top + k / op.kernel)[left + k % op.kernel];
      }
      out.values[static_cast<std::size_t>(i)] = static_cast<float>(sum / (op.kernel * op.kernel));
    }
    return out;
  }
  Array operator()(const AttentionPool& op) const {
    const std::int64_t width = x().dim(0), places = x().dim(1) * x().dim(2);
    Array tokens({places + 1, width});
    for (std::int64_t c = 0; c < width; ++c) {
      const float* plane = x().values.data() + c * places;
      double sum = 0;
      for (std::int64_t i = 0; i < places; ++i) {
        sum += plane[i];
        tokens.row(i + 1)[c] = plane[i];
      }
      tokens.row(0)[c] = static_cast<float>(sum / static_cast<double>(places));
    }
    add_to(tokens, weight(op.positions).data<float>().data());
    Array first({width});
    std::copy_n(tokens.row(0), width, first.values.begin());
    const Array query = multiply(first, weight(op.q_weight), &weight(op.q_bias), threads_);
    const Array keys = multiply(tokens, weight(op.k_weight), &weight(op.k_bias), threads_);
    const Array values = multiply(tokens, weight(op.v_weight), &weight(op.v_bias), threads_);
    Array seen({width});
    attend(query.row(0), keys.row(0), values.row(0), places + 1, width, width, op.heads, seen.row(0));
    return multiply(seen, weight(op.out_weight), &weight(op.out_bias), threads_);
  }
  Array operator()(const TakeToken& op) const {
    if (op.index >= x().dim(0)) throw_bad_input("a text of {} tokens has no token {}", x().dim(0), op.index);
    Array out({x().width()});
    std::copy_n(x().row(op.index), x().width(), out.values.begin());
    return out;
  }
  Array operator()(const Project& op) const {
    const Tensor& table = weight(op.weight);
    Shape shape = x().shape;
    shape.back() = table.shape()[1];
    Array out(shape);
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      std::vector<double> sums(static_cast<std::size_t>(out.width()));
      for (std::int64_t k = 0; k < x().width(); ++k) {
        const float* from = table.data<float>().data() + k * out.width();
        for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += double{x().row(r)[k]} * from[j];
      }
      std::transform(sums.begin(), sums.end(), out.row(r), [](double sum) { return static_cast<float>(sum); });
    }
    return out;
  }

 private:
  const Array& x() const { return *in_.at(0); }
  const Tensor& weight(const std::string& name) const { return weights_.at(name); }
  const Tensor* optional(const std::string& name) const { return name.empty() ? nullptr : &weight(name); }
  // x, and a matrix, as an int8 product has them: rounded, then multiplied as real numbers.
  Array rounded(float step) const {
    Array out = x();
    if (step != 0) round_to_int8(out.values, step);
    return out;
  }
  static Tensor rounded(const Tensor& matrix, float step) { return step == 0 ? matrix : int8_rows(matrix).to_floats(); }
  // A kernel (out, in, k, k) as (out, in k k).
  Tensor matrix(const std::string& name) const {
    const Tensor& kernel = weight(name);
    return kernel.reshaped({kernel.shape()[0], kernel.size() / kernel.shape()[0]});
  }
  // x: (channels, places)
  void normalize(Array& x, const ConvBnAct::BatchNorm& norm) const {
    const auto scale = weight(norm.weight).data<float>(), shift = weight(norm.bias).data<float>();
    const auto mean = weight(norm.mean).data<float>(), variance = weight(norm.variance).data<float>();
    for (std::size_t c = 0; c < scale.size(); ++c) {
      const double deviation = std::sqrt(double{variance[c]} + double{norm.epsilon});
      for (float& value : std::span(x.row(static_cast<std::int64_t>(c)), static_cast<std::size_t>(x.width()))) {
        value = static_cast<float>((value - double{mean[c]}) / deviation * scale[c] + shift[c]);
      }
    }
  }

  const std::vector<const Array*>& in_;
  const Weights& weights_;
  const Row& row_;
  int threads_;
};

}  // namespace

Array evaluate(const Op& op, const std::vector<const Array*>& inputs, const Weights& weights, const Row& row,
               int threads) {
  return std::visit(Evaluator(inputs, weights, row, threads), op);
}

}  // namespace cnclip::reference
