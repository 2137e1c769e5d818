#include "export/check.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "graph/int8.h"

namespace cnclip {
namespace {

// How far off rounding may lead: of f32 sums in another order, of weights that became halves, of all that is multiplied
// with them, of values that lie between two int8 steps.
struct Tolerance {
  double cosine, length;
};
constexpr Tolerance kSingle{0.99999, 1e-3}, kHalf{0.9999, 1e-2}, kHalfProducts{0.999, 1e-2}, kInt8{0.99, 5e-2};

double dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Rows of features beside those wanted.
class Comparison {
 public:
  Comparison(const OnnxModel& model, const OnnxOptions& options, bool int8, const OnnxImporter& theirs)
      : file_(model.files.at(0).string()),
        half_(options.dtype == DType::f16),
        tolerance_(int8                   ? kInt8
                   : !half_               ? kSingle
                   : theirs.keeps_types() ? kHalfProducts
                                          : kHalf) {
    result_.runtime = theirs.name();
    result_.in_types_of_file = theirs.keeps_types();
  }

  void add(const Tensor& found, std::span<const float> wanted, std::size_t first_row, std::size_t rows) {
    const std::size_t width = wanted.size() / rows;
    if (found.shape() != Shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(width)}) {
      throw_internal("{}: {} makes features of shape {} of {} rows", file_, result_.runtime, to_string(found.shape()),
                     rows);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      compare(found.data<float>().subspan(row * width, width), wanted.subspan(row * width, width), first_row + row);
    }
  }
  CheckResult result(std::size_t rows, std::string inputs) && {
    result_.rows = static_cast<std::int64_t>(rows);
    result_.inputs = std::move(inputs);
    return std::move(result_);
  }

 private:
  void compare(std::span<const float> found, std::span<const float> wanted, std::size_t row) {
    const double length = std::sqrt(dot(found, found)), wanted_length = std::sqrt(dot(wanted, wanted));
    const double cosine = dot(found, wanted) / (length * wanted_length), ratio = length / wanted_length;
    // So written, NaN is no agreement.
    if (!(cosine >= tolerance_.cosine && std::abs(ratio - 1) <= tolerance_.length)) {
      const std::string message = fmt::format(
          "{}: {} makes other features of it than this program of the weights: row {} has a cosine of {:.6f} "
          "and {:.4f} times the length; {} and 1 within {} are asked for",
          file_, result_.runtime, row, cosine, ratio, tolerance_.cosine, tolerance_.length);
      if (half_) throw_bad_input("{}; these weights do not bear f16, f32 keeps them", message);
      throw_internal("{}", message);
    }
    result_.least_cosine = std::min(result_.least_cosine, cosine);
    for (std::size_t i = 0; i < found.size(); ++i) {
      result_.largest_difference =
          std::max(result_.largest_difference, std::abs(static_cast<double>(found[i]) - wanted[i]));
    }
  }

  std::string file_;
  bool half_;
  Tolerance tolerance_;
  CheckResult result_;
};

Tensor pixels_for(const OnnxModel& model, const Normalization& norm, std::span<const std::uint8_t> pixels) {
  Shape shape = model.input.shape;
  const auto plane = static_cast<std::size_t>(shape[2] * shape[3]);
  shape[0] = static_cast<std::int64_t>(pixels.size() / (3 * plane));
  Tensor made = Tensor::allocate(model.input.dtype, shape);
  if (model.input.dtype == DType::u8) {
    std::ranges::copy(pixels, made.mutable_data<std::uint8_t>().begin());
  } else {
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const std::size_t color = i / plane % 3;
      made.mutable_data<float>()[i] = static_cast<float>((pixels[i] / 255.0 - norm.mean[color]) / norm.std[color]);
    }
  }
  return made;
}

Tensor ids_for(std::span<const std::vector<std::int32_t>> texts) {
  std::size_t longest = 0;
  for (const auto& text : texts) longest = std::max(longest, text.size());
  Tensor made =
      Tensor::allocate(DType::i64, {static_cast<std::int64_t>(texts.size()), static_cast<std::int64_t>(longest)});
  auto place = made.mutable_data<std::int64_t>().begin();
  for (const auto& text : texts) {
    std::ranges::copy(text, place);
    place += static_cast<std::ptrdiff_t>(longest);
  }
  return made;
}

void make_unit(std::vector<float>& features, std::size_t width) {
  for (std::size_t begin = 0; begin < features.size(); begin += width) {
    const std::span<float> row(&features[begin], width);
    const double length = std::sqrt(dot(row, row));
    for (float& value : row) value = static_cast<float>(value / length);
  }
}

}  // namespace

CheckResult check_tower(const OnnxModel& model, const OnnxOptions& options, const Graph& graph,
                        const TensorMap& weights, const Normalization& normalization, const CheckInputs& inputs,
                        const Checkers& checkers) {
  Comparison comparison(model, options, has_int8(graph), checkers.theirs);
  Batch batch;
  std::vector<std::int32_t> ids, lengths;
  const bool images = model.input.dtype != DType::i64;
  const std::size_t picture = images ? static_cast<std::size_t>(3 * model.input.shape[2] * model.input.shape[3]) : 0;
  if (images) {
    batch.count = static_cast<std::int64_t>(inputs.pixels.size() / picture);
    batch.pixels = inputs.pixels;
  } else {
    batch.count = static_cast<std::int64_t>(inputs.texts.size());
    for (const auto& text : inputs.texts) {
      ids.insert(ids.end(), text.begin(), text.end());
      lengths.push_back(static_cast<std::int32_t>(text.size()));
    }
    batch.ids = ids;
    batch.lengths = lengths;
  }
  // One after the other: the weights of the largest tower need not be in memory twice.
  std::vector<float> wanted = features_of(*checkers.ours.compile(graph, weights, {}), batch);
  const auto rows = static_cast<std::size_t>(batch.count);
  const std::size_t width = wanted.size() / rows;
  if (options.unit_features) make_unit(wanted, width);
  const auto loaded = checkers.theirs.load(model.files.at(0));
  const auto run = [&](std::size_t first, std::size_t count) {
    const Tensor input = images
                             ? pixels_for(model, normalization, batch.pixels.subspan(first * picture, count * picture))
                             : ids_for(std::span(inputs.texts).subspan(first, count));
    comparison.add(loaded->run(input), std::span(wanted).subspan(first * width, count * width), first, count);
  };
  run(0, rows);
  for (std::size_t row = 0; row < (images ? 1 : rows); ++row) run(row, 1);
  return std::move(comparison).result(rows, inputs.source);
}

}  // namespace cnclip
