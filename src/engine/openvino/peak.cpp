#include "engine/openvino/peak.h"

#include <algorithm>
#include <chrono>
#include <openvino/opsets/opset13.hpp>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>

#include "base/error.h"

namespace cnclip {
namespace {

namespace op = ov::opset13;

constexpr std::size_t kSide = 2048;
constexpr int kProducts = 3;  // one after another, so that turning the input into bf16 does not count
constexpr int kRuns = 3;      // the first is for packing

std::shared_ptr<ov::Model> products() {
  const auto input = std::make_shared<op::Parameter>(ov::element::f32, ov::Shape{kSide, kSide});
  ov::Output<ov::Node> x = input;
  for (int i = 0; i < kProducts; ++i) {
    // Values differ, so that no two matrices are found to be one; their rows keep the sums near 1.
    std::vector<float> values(kSide * kSide);
    for (std::size_t at = 0; at < values.size(); ++at) {
      values[at] = static_cast<float>((at * 7 + static_cast<std::size_t>(i)) % 13) / (6.0f * kSide);
    }
    const auto matrix = std::make_shared<op::Constant>(ov::element::f32, ov::Shape{kSide, kSide}, values);
    x = std::make_shared<op::MatMul>(x, matrix, false, true);
  }
  return std::make_shared<ov::Model>(ov::ResultVector{std::make_shared<op::Result>(x)}, ov::ParameterVector{input});
}

}  // namespace

double openvino_peak(Precision precision, int threads) {
  ov::Core core;
  if (precision == Precision::bf16) {
    const auto able = core.get_property("CPU", ov::device::capabilities);
    if (std::ranges::find(able, ov::device::capability::BF16) == able.end()) {
      throw_unavailable("peak: this CPU has no bf16");
    }
  }
  ov::AnyMap properties{
      ov::hint::inference_precision(precision == Precision::bf16 ? ov::element::bf16 : ov::element::f32),
      ov::num_streams(1), ov::hint::enable_cpu_pinning(false)};
  if (threads > 0) properties.insert(ov::inference_num_threads(threads));
  ov::CompiledModel model = core.compile_model(products(), "CPU", properties);
  ov::InferRequest request = model.create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  std::fill_n(input.data<float>(), input.get_size(), 1.0f);
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    request.infer();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * kProducts * kSide * kSide * kSide / seconds);
  }
  return best;
}

}  // namespace cnclip
