#include "export/onnx.h"

#include "base/error.h"
#include "export/onnx_lowering.h"
#include "graph/int8.h"
#include "graph/passes.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

constexpr int kIrVersion = 8;  // the one that came with opset 17

void declare(onnx::ValueInfoProto& info, const OnnxValue& value) {
  info.set_name(value.name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_type(value.dtype));
  type.mutable_shape();
  for (const std::int64_t dim : value.shape) {
    auto& added = *type.mutable_shape()->add_dim();
    if (dim == kBatch)
      added.set_dim_param("batch");
    else if (dim == kLength)
      added.set_dim_param("length");
    else
      added.set_dim_value(dim);
  }
}

}  // namespace

OnnxModel export_onnx(const Graph& graph, const TensorMap& weights, const std::filesystem::path& file,
                      const OnnxOptions& options) {
  if (options.dtype != DType::f32 && options.dtype != DType::f16) {
    throw_usage("{}: ONNX models are written in f32 or f16, not {}", file.string(), name_of(options.dtype));
  }
  if (options.dtype != DType::f32 && has_int8(graph)) {
    throw_usage("{}: int8 stands beside f32; {} does not know how to be rounded to it", file.string(),
                name_of(options.dtype));
  }
  Graph folded = graph;
  TensorMap all = weights;
  fold_batch_norm(folded, all);
  narrow_last_block(folded, all);
  LoweredGraph lowered = lower_to_onnx(folded, all, options);

  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("cnclip");
  model.set_producer_version(options.producer_version);
  auto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOnnxOpset);
  *model.mutable_graph() = std::move(lowered.graph);
  model.mutable_graph()->set_name(graph.name.empty() ? "tower" : graph.name);
  declare(*model.mutable_graph()->add_input(), lowered.input);
  declare(*model.mutable_graph()->add_output(), lowered.output);
  return {write_onnx_file(file, model, lowered.initializers, options.inline_limit), lowered.input, lowered.output};
}

}  // namespace cnclip
