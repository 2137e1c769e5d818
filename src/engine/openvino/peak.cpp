#include "engine/openvino/peak.h"

#include <algorithm>
#include <chrono>
#include <openvino/opsets/opset13.hpp>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>

namespace cnclip {
namespace {

namespace op = ov::opset13;

constexpr std::size_t kSide = 2048;
constexpr int kProducts = 3;  // one after another, as in a model
constexpr int kRuns = 4;      // the first is for packing

// Matrices differ, so that no two are found to be one.
ov::Output<ov::Node> matrix(int number, bool int8) {
  std::vector<std::int8_t> values(kSide * kSide);
  for (std::size_t at = 0; at < values.size(); ++at)
    values[at] = static_cast<std::int8_t>((at * 7 + static_cast<std::size_t>(number)) % 13);
  const ov::Shape shape{kSide, kSide};
  const float step = 1.0f / (6 * kSide);  // sums stay near 1
  if (!int8) {
    std::vector<float> floats(values.begin(), values.end());
    for (float& value : floats) value *= step;
    return std::make_shared<op::Constant>(ov::element::f32, shape, floats);
  }
  const auto whole = std::make_shared<op::Constant>(ov::element::i8, shape, values);
  const auto steps = op::Constant::create(ov::element::f32, {kSide, 1}, std::vector<float>(kSide, step));
  return std::make_shared<op::Multiply>(std::make_shared<op::Convert>(whole, ov::element::f32), steps);
}

std::shared_ptr<ov::Model> products(bool int8) {
  const auto input = std::make_shared<op::Parameter>(ov::element::f32, ov::Shape{kSide, kSide});
  ov::Output<ov::Node> x = input;
  for (int i = 0; i < kProducts; ++i) {
    if (int8) {
      const auto bound = [](float value) { return op::Constant::create(ov::element::f32, {}, {value}); };
      const auto low = bound(-1.28f), high = bound(1.27f);
      x = std::make_shared<op::FakeQuantize>(x, low, high, low, high, 256);
    }
    x = std::make_shared<op::MatMul>(x, matrix(i, int8), false, true);
  }
  return std::make_shared<ov::Model>(ov::ResultVector{std::make_shared<op::Result>(x)}, ov::ParameterVector{input});
}

double peak(ov::Core& core, const ov::element::Type& type, int threads) {
  const bool int8 = type == ov::element::i8;
  ov::AnyMap properties{ov::hint::inference_precision(int8 ? ov::element::f32 : type), ov::num_streams(1),
                        ov::hint::enable_cpu_pinning(false), ov::enable_profiling(true)};
  if (threads > 0) properties.insert(ov::inference_num_threads(threads));
  ov::CompiledModel model = core.compile_model(products(int8), "CPU", properties);
  ov::InferRequest request = model.create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  std::fill_n(input.data<float>(), input.get_size(), 1.0f);
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    request.infer();
    for (const ov::ProfilingInfo& node : request.get_profiling_info()) {
      if (node.node_type.find("FullyConnected") == std::string::npos && node.node_type != "MatMul") continue;
      if (int8 && !node.exec_type.ends_with("_i8")) continue;
      const double seconds = std::chrono::duration<double>(node.real_time).count();
      if (seconds > 0) best = std::max(best, 2.0 * kSide * kSide * kSide / seconds);
    }
  }
  return best;
}

}  // namespace

std::map<std::string, double> openvino_peaks(int threads) {
  ov::Core core;
  std::map<std::string, double> peaks{{"f32", peak(core, ov::element::f32, threads)},
                                      {"int8", peak(core, ov::element::i8, threads)}};
  const auto able = core.get_property("CPU", ov::device::capabilities);
  if (std::ranges::find(able, ov::device::capability::BF16) != able.end())
    peaks["bf16"] = peak(core, ov::element::bf16, threads);
  std::erase_if(peaks, [](const auto& one) { return one.second == 0; });  // products that the plug-in made otherwise
  return peaks;
}

}  // namespace cnclip
