#include "eval/classification/logistic.h"

#include <algorithm>
#include <cmath>

#include "eval/classification/lbfgs.h"
#include "vectors/products.h"

namespace cnclip::classification {
namespace {

constexpr std::size_t kRowsABlock = 1024;
constexpr int kMaxIterations = 1000;  // as CLIP's linear probe
constexpr double kTolerance = 1e-8;   // of the gradient of the mean loss

// Rows as doubles, and the scores of a model for them.
class Block {
 public:
  Block(int classes, std::int64_t width) : classes_(classes), width_(width) {}

  // Fills scores() with X W^T + b.
  void score(const FeatureSet& features, std::span<const std::int64_t> rows, std::span<const double> weights) {
    x_.clear();
    for (const std::int64_t row : rows) {
      const auto values = features.row(row);
      x_.insert(x_.end(), values.begin(), values.end());
    }
    const std::span<const double> biases = weights.last(static_cast<std::size_t>(classes_));
    scores_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) scores_.insert(scores_.end(), biases.begin(), biases.end());
    multiply({x_.data(), std::ssize(rows), width_}, MatrixView<double>{weights.data(), classes_, width_}.transposed(),
             1, scores_.data());
  }
  // Adds scores()^T X and the sums of scores() to the gradient, of which they are the errors.
  void add_gradient(std::span<double> gradient) const {
    const auto classes = static_cast<std::size_t>(classes_);
    const std::int64_t rows = std::ssize(scores_) / classes_;
    multiply(MatrixView<double>{scores_.data(), rows, classes_}.transposed(), {x_.data(), rows, width_}, 1,
             gradient.data());
    const std::span<double> biases = gradient.last(classes);
    for (std::size_t i = 0; i < scores_.size(); ++i) biases[i % classes] += scores_[i];
  }
  std::span<double> scores(std::size_t i) {
    return std::span(scores_).subspan(i * static_cast<std::size_t>(classes_), static_cast<std::size_t>(classes_));
  }

 private:
  std::int64_t classes_, width_;
  std::vector<double> x_, scores_;
};

// Turns scores into probabilities; the logarithm of their sum before.
double softmax(std::span<double> row) {
  const double most = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (double& value : row) sum += value = std::exp(value - most);
  for (double& value : row) value /= sum;
  return most + std::log(sum);
}

// Calls `use(block, begin, count)` for all rows, scored.
template <class Use>
void by_blocks(const FeatureSet& features, std::span<const std::int64_t> rows, int classes,
               std::span<const double> weights, Use use) {
  Block block(classes, features.width());
  for (std::size_t begin = 0; begin < rows.size(); begin += kRowsABlock) {
    const std::size_t count = std::min(kRowsABlock, rows.size() - begin);
    block.score(features, rows.subspan(begin, count), weights);
    use(block, begin, count);
  }
}

}  // namespace

LogisticModel fit_logistic(const FeatureSet& features, const Examples& examples, int classes, double c) {
  const auto count = static_cast<double>(examples.size());
  const std::size_t penalized = static_cast<std::size_t>(classes) * static_cast<std::size_t>(features.width());
  const double penalty = (classes == 2 ? 2 : 1) / c;
  // The mean, so that the tolerance does not depend on the number of rows.
  const Objective objective = [&](std::span<const double> x, std::span<double> gradient) {
    double loss = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    by_blocks(features, examples.rows, classes, x, [&](Block& block, std::size_t begin, std::size_t size) {
      for (std::size_t i = 0; i < size; ++i) {
        const std::span<double> row = block.scores(i);
        const auto truth = static_cast<std::size_t>(examples.classes[begin + i]);
        const double score = row[truth];
        loss += softmax(row) - score;
        row[truth] -= 1;
      }
      block.add_gradient(gradient);
    });
    for (std::size_t i = 0; i < penalized; ++i) {
      loss += 0.5 * penalty * x[i] * x[i];
      gradient[i] += penalty * x[i];
    }
    for (double& value : gradient) value /= count;
    return loss / count;
  };
  Minimum minimum = minimize(objective, std::vector<double>(penalized + static_cast<std::size_t>(classes)), kTolerance,
                             kMaxIterations);
  return {classes,          features.width(), std::move(minimum.x), minimum.value * count, minimum.iterations,
          minimum.converged};
}

Tensor predict(const LogisticModel& model, const FeatureSet& features, std::span<const std::int64_t> rows) {
  Tensor result = Tensor::allocate(DType::f32, {static_cast<std::int64_t>(rows.size()), model.classes});
  auto out = result.mutable_data<float>().begin();
  by_blocks(features, rows, model.classes, model.weights, [&](Block& block, std::size_t, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      softmax(block.scores(i));
      for (const double value : block.scores(i)) *out++ = static_cast<float>(value);
    }
  });
  return result;
}

}  // namespace cnclip::classification
