// Small random graphs that cover every node kind and option: for tests that hold one engine (or an exported file)
// against another. Header-only, so that it stays out of the libraries.
#pragma once

#include <algorithm>

#include "base/random.h"
#include "engine/engine.h"
#include "graph/builder.h"
#include "graph/passes.h"
#include "graph/quantize.h"

namespace cnclip {

struct CaseBatch {
  std::int64_t count = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> ids, lengths;
  Batch view() const { return {count, pixels, ids, lengths}; }
};

struct NodeCase {
  std::string name;
  Graph graph;  // the output's rows are (N, some width)
  TensorMap weights;
  std::vector<CaseBatch> batches;  // of 1 and of 5 rows

  // Graphs whose normalisation is folded away read raw pixels only.
  bool reads_raw_pixels() const {
    const auto holds = [&](auto pick) { return std::ranges::any_of(graph.nodes, pick); };
    return holds([](const Node& n) { return std::holds_alternative<PixelInput>(n.op); }) &&
           !holds([](const Node& n) { return std::holds_alternative<NormalizePixels>(n.op); });
  }
};

class CaseMaker {
 public:
  static constexpr int kSize = 12, kPatch = 4, kPatches = 9, kVocabulary = 30, kPositions = 16;

  explicit CaseMaker(const std::string& name) : name_(name), random_(7, name), g(name) {}

  std::string weight(Shape shape, double scale = 0.3, double mean = 0) {
    Tensor tensor = Tensor::allocate(DType::f32, std::move(shape));
    for (float& value : tensor.mutable_data<float>()) value = static_cast<float>(mean + scale * random_.normal());
    std::string name = "weight" + std::to_string(weights.size());
    weights.set(name, std::move(tensor));
    return name;
  }

  Value raw_pixels() { return g.add(PixelInput{kSize}, {}); }
  Value pixels() { return g.pixels(kSize, {0.48f, 0.46f, 0.41f}, {0.27f, 0.26f, 0.28f}); }
  // (N, 9, width)
  Value patches(int width) { return g.patch_embed(pixels(), weight({width, 3, kPatch, kPatch}, 0.15), kPatch); }
  // (N, T, width)
  Value words(int width) {
    return g.embedding_sum(g.tokens(),
                           {weight({kVocabulary, width}, 1), weight({kPositions, width}), weight({2, width})});
  }
  // (N, channels, 6, 6)
  Value maps(int channels) {
    ConvBnAct conv;
    conv.weight = weight({channels, 3, 2, 2});
    conv.stride = 2;
    return g.conv_bn_act(pixels(), conv);
  }
  Value layer_norm(Value x, int width, float epsilon = 1e-5f) {
    return g.add(LayerNorm{weight({width}, 0.3, 1), weight({width}), epsilon}, {x});
  }
  Linear linear(int in, const std::vector<int>& outs, Activation activation = Activation::none, bool bias = true) {
    Linear op;
    for (const int out : outs) op.weights.push_back(weight({out, in}));
    if (bias) {
      for (const int out : outs) op.biases.push_back(weight({out}));
    }
    op.activation = activation;
    op.dropout = 0.5f;  // of training only: a feature that depends on it is wrong
    return op;
  }
  ConvBnAct conv(int in, int out, int kernel, int stride, int padding, Activation activation, bool norm) {
    ConvBnAct op;
    op.weight = weight({out, in, kernel, kernel}, 0.2);
    if (norm) op.norm = {{weight({out}, 0.3, 1), weight({out}), weight({out}), weight({out}, 0.05, 0.8), 1e-5f}};
    op.stride = stride;
    op.padding = padding;
    op.activation = activation;
    return op;
  }
  // (N, channels, side, side) -> (N, 6)
  Value pool(Value x, int channels, int side, int heads = 2) {
    const Shape square{channels, channels}, row{channels};
    AttentionPool op;
    op.positions = weight({side * side + 1, channels});
    op.q_weight = weight(square), op.q_bias = weight(row);
    op.k_weight = weight(square), op.k_bias = weight(row);
    op.v_weight = weight(square), op.v_bias = weight(row);
    op.out_weight = weight({6, channels}), op.out_bias = weight({6});
    op.heads = heads;
    return g.attention_pool(x, op);
  }

  NodeCase finish(Value output) && {
    NodeCase made{name_, std::move(g).finish(output), std::move(weights), {}};
    const bool text = std::holds_alternative<TokenInput>(made.graph.nodes[0].op);
    if (text) {
      for (const auto& lengths : {std::vector<std::int32_t>{7}, std::vector<std::int32_t>{4, 12, 2, 9, 3}}) {
        CaseBatch batch{static_cast<std::int64_t>(lengths.size()), {}, {}, lengths};
        for (const std::int32_t length : lengths) {
          // 0 is [PAD], which never stands inside a row
          for (int i = 0; i < length; ++i) batch.ids.push_back(1 + below(kVocabulary - 1));
        }
        made.batches.push_back(std::move(batch));
      }
    } else {
      for (const int count : {1, 5}) {
        CaseBatch batch{count, {}, {}, {}};
        for (int i = 0; i < count * 3 * kSize * kSize; ++i)
          batch.pixels.push_back(static_cast<std::uint8_t>(below(256)));
        made.batches.push_back(std::move(batch));
      }
    }
    return made;
  }

 private:
  std::int32_t below(int end) { return static_cast<std::int32_t>(random_.uniform() * end); }
  std::string name_;
  Random random_;

 public:
  GraphBuilder g;
  TensorMap weights;
};

namespace node_case_list {

inline void add_image_tokens(std::vector<NodeCase>& cases) {
  const auto add = [&](const std::string& name, auto build) {
    CaseMaker m(name);
    const Value output = build(m);
    cases.push_back(std::move(m).finish(output));
  };
  add("patch_embed", [](CaseMaker& m) { return m.g.take_token(m.patches(8), 5); });
  add("patch_embed with bias", [](CaseMaker& m) {
    return m.g.take_token(m.g.add(PatchEmbed{m.weight({8, 3, 4, 4}, 0.1), m.weight({8}), 4}, {m.pixels()}), 8);
  });
  add("patch_embed of raw pixels", [](CaseMaker& m) {
    return m.g.take_token(m.g.add(PatchEmbed{m.weight({8, 3, 4, 4}, 0.001), m.weight({8}), 4}, {m.raw_pixels()}), 0);
  });
  add("patch_embed that leaves a border", [](CaseMaker& m) {
    return m.g.take_token(m.g.patch_embed(m.pixels(), m.weight({8, 3, 5, 5}, 0.1), 5), 3);
  });
  for (const int index : {0, 3}) {
    add("prepend_token, take_token " + std::to_string(index),
        [index](CaseMaker& m) { return m.g.take_token(m.g.prepend_token(m.patches(8), m.weight({8})), index); });
  }
  add("add_positions", [](CaseMaker& m) {
    return m.g.take_token(m.g.add_positions(m.patches(8), m.weight({CaseMaker::kPatches, 8})), 4);
  });
  add("drop_patches and dropout are identities",
      [](CaseMaker& m) { return m.g.take_token(m.g.dropout(m.g.drop_patches(m.patches(8)), 0.5f), 2); });
  add("layer_norm", [](CaseMaker& m) { return m.g.take_token(m.layer_norm(m.patches(8), 8), 1); });
  add("layer_norm of rows, large epsilon",
      [](CaseMaker& m) { return m.layer_norm(m.g.take_token(m.patches(8), 1), 8, 0.5f); });
  for (const int heads : {1, 4}) {
    add("attention, packed, heads " + std::to_string(heads), [heads](CaseMaker& m) {
      const Value qkv = m.g.linear(m.patches(8), m.linear(8, {24}));
      return m.g.take_token(m.g.attention(qkv, heads, Mask::none, 0.5f), 6);
    });
    add("attention, one query, heads " + std::to_string(heads), [heads](CaseMaker& m) {
      const Value x = m.patches(8);
      const Value q = m.g.linear(m.g.take_token(x, 2), m.linear(8, {8}));
      const Value kv = m.g.linear(x, m.linear(8, {16}));
      return m.g.add(Attention{heads, Mask::none, 0.5f}, {q, kv});
    });
  }
  add("project of rows", [](CaseMaker& m) { return m.g.project(m.g.take_token(m.patches(8), 0), m.weight({8, 5})); });
  add("project of tokens", [](CaseMaker& m) { return m.g.take_token(m.g.project(m.patches(8), m.weight({8, 5})), 7); });
}

inline void add_linears(std::vector<NodeCase>& cases) {
  const std::pair<std::string, Activation> activations[] = {{"none", Activation::none},
                                                            {"relu", Activation::relu},
                                                            {"gelu", Activation::gelu},
                                                            {"quick_gelu", Activation::quick_gelu}};
  for (const auto& [label, activation] : activations) {
    for (const bool bias : {true, false}) {
      for (const bool residual : {true, false}) {
        CaseMaker m("linear, activation " + label + (bias ? ", bias" : "") + (residual ? ", residual" : ""));
        const Value x = m.patches(8);
        const Linear op = m.linear(8, {10}, activation, bias);
        const auto other = residual ? std::optional(m.g.linear(x, m.linear(8, {10}))) : std::nullopt;
        const Value output = m.g.take_token(m.g.linear(x, op, other), 3);
        cases.push_back(std::move(m).finish(output));
      }
    }
  }
  for (const bool bias : {true, false}) {
    CaseMaker m(std::string("linear, three stacked matrices") + (bias ? ", bias" : ""));
    const Value x = m.patches(8);
    const Value output = m.g.take_token(m.g.linear(x, m.linear(8, {3, 6, 5}, Activation::gelu, bias)), 1);
    cases.push_back(std::move(m).finish(output));
  }
  CaseMaker m("linear of rows, residual");
  const Value x = m.g.take_token(m.patches(8), 4);
  const Value output = m.g.linear(x, m.linear(8, {8}, Activation::quick_gelu), x);
  cases.push_back(std::move(m).finish(output));
}

inline void add_texts(std::vector<NodeCase>& cases) {
  const auto add = [&](const std::string& name, auto build) {
    CaseMaker m(name);
    const Value output = build(m);
    cases.push_back(std::move(m).finish(output));
  };
  for (const int index : {0, 1}) {
    add("embedding_sum, take_token " + std::to_string(index),
        [index](CaseMaker& m) { return m.g.take_token(m.words(8), index); });
  }
  for (const int heads : {1, 2}) {
    add("attention by lengths, packed, heads " + std::to_string(heads), [heads](CaseMaker& m) {
      const Value qkv = m.g.linear(m.words(8), m.linear(8, {8, 8, 8}));
      return m.g.take_token(m.g.attention(qkv, heads, Mask::lengths, 0.5f), 1);
    });
    add("attention by lengths, one query, heads " + std::to_string(heads), [heads](CaseMaker& m) {
      const Value x = m.words(8);
      const Value q = m.g.linear(m.g.take_token(x, 0), m.linear(8, {8}));
      const Value kv = m.g.linear(x, m.linear(8, {8, 8}));
      return m.g.add(Attention{heads, Mask::lengths, 0.5f}, {q, kv});
    });
  }
  add("layer_norm of words, tiny epsilon",
      [](CaseMaker& m) { return m.g.take_token(m.layer_norm(m.words(8), 8, 1e-12f), 0); });
}

inline void add_convolutions(std::vector<NodeCase>& cases) {
  const auto add = [&](const std::string& name, auto build) {
    CaseMaker m(name);
    const Value output = build(m);
    cases.push_back(std::move(m).finish(output));
  };
  const std::pair<std::string, Activation> activations[] = {{"none", Activation::none},
                                                            {"relu", Activation::relu},
                                                            {"gelu", Activation::gelu},
                                                            {"quick_gelu", Activation::quick_gelu}};
  for (const auto& [label, kind] : activations) {
    const Activation activation = kind;
    add("conv 3x3, batch norm, activation " + label, [activation](CaseMaker& m) {
      return m.pool(m.g.conv_bn_act(m.maps(4), m.conv(4, 6, 3, 1, 1, activation, true)), 6, 6);
    });
    add("conv 1x1, residual, activation " + label, [activation](CaseMaker& m) {
      const Value x = m.maps(4);
      return m.pool(m.g.conv_bn_act(x, m.conv(4, 4, 1, 1, 0, activation, false), x), 4, 6);
    });
  }
  add("conv of stride 2, padding, bias", [](CaseMaker& m) {
    ConvBnAct op = m.conv(3, 4, 3, 2, 1, Activation::relu, false);
    op.bias = m.weight({4});
    return m.pool(m.g.conv_bn_act(m.pixels(), op), 4, 6);
  });
  add("conv with bias by place", [](CaseMaker& m) {
    ConvBnAct op = m.conv(3, 4, 3, 2, 1, Activation::relu, false);
    op.bias = m.weight({4, 6, 6});
    return m.pool(m.g.conv_bn_act(m.pixels(), op), 4, 6);
  });
  add("conv of raw pixels", [](CaseMaker& m) {
    ConvBnAct op = m.conv(3, 4, 3, 2, 1, Activation::none, false);
    op.weight = m.weight({4, 3, 3, 3}, 0.001);
    op.bias = m.weight({4, 6, 6});
    return m.pool(m.g.conv_bn_act(m.raw_pixels(), op), 4, 6);
  });
  add("conv, batch norm and bias and residual", [](CaseMaker& m) {
    const Value x = m.maps(4);
    ConvBnAct op = m.conv(4, 4, 3, 1, 1, Activation::relu, true);
    op.bias = m.weight({4});
    return m.pool(m.g.conv_bn_act(x, op, x), 4, 6);
  });
  for (const int kernel : {2, 4}) {  // 4 leaves a border
    add("avg_pool " + std::to_string(kernel),
        [kernel](CaseMaker& m) { return m.pool(m.g.avg_pool(m.maps(4), kernel), 4, 6 / kernel); });
  }
  for (const int heads : {1, 4}) {
    add("attention_pool, heads " + std::to_string(heads),
        [heads](CaseMaker& m) { return m.pool(m.maps(8), 8, 6, heads); });
  }
}

// Towers as the models have them, as built and as the passes leave them.
inline Value small_vit(CaseMaker& m) {
  Value x = m.g.prepend_token(m.patches(16), m.weight({16}));
  x = m.layer_norm(m.g.drop_patches(m.g.add_positions(x, m.weight({CaseMaker::kPatches + 1, 16}))), 16);
  for (int i = 0; i < 2; ++i) {
    const Value y = m.g.attention(m.g.linear(m.layer_norm(x, 16), m.linear(16, {48})), 4, Mask::none);
    x = m.g.linear(y, m.linear(16, {16}), x);
    const Value hidden = m.g.linear(m.layer_norm(x, 16), m.linear(16, {64}, Activation::quick_gelu));
    x = m.g.linear(hidden, m.linear(64, {16}), x);
  }
  return m.g.project(m.layer_norm(m.g.take_token(x, 0), 16), m.weight({16, 12}));
}

inline Value small_bert(CaseMaker& m) {
  Value x = m.g.dropout(m.layer_norm(m.words(16), 16, 1e-12f), 0.1f);
  for (int i = 0; i < 2; ++i) {
    const Value y = m.g.attention(m.g.linear(x, m.linear(16, {16, 16, 16})), 4, Mask::lengths, 0.1f);
    x = m.layer_norm(m.g.linear(y, m.linear(16, {16}), x), 16, 1e-12f);
    const Value hidden = m.g.linear(x, m.linear(16, {64}, Activation::gelu));
    x = m.layer_norm(m.g.linear(hidden, m.linear(64, {16}), x), 16, 1e-12f);
  }
  return m.g.project(m.g.take_token(x, 0), m.weight({16, 12}));
}

inline Value small_resnet(CaseMaker& m) {
  const Activation relu = Activation::relu;
  Value x = m.g.conv_bn_act(m.pixels(), m.conv(3, 4, 3, 2, 1, relu, true));
  x = m.g.conv_bn_act(x, m.conv(4, 4, 3, 1, 1, relu, true));
  for (const int stride : {1, 2}) {
    Value y = m.g.conv_bn_act(x, m.conv(4, 4, 1, 1, 0, relu, true));
    y = m.g.conv_bn_act(y, m.conv(4, 4, 3, 1, 1, relu, true));
    Value identity = x;
    if (stride > 1) {
      y = m.g.avg_pool(y, stride);
      identity = m.g.conv_bn_act(m.g.avg_pool(x, stride), m.conv(4, 4, 1, 1, 0, Activation::none, true));
    }
    x = m.g.conv_bn_act(y, m.conv(4, 4, 1, 1, 0, relu, true), identity);
  }
  return m.pool(x, 4, 3);
}

inline void add_towers(std::vector<NodeCase>& cases) {
  const std::pair<std::string, Value (*)(CaseMaker&)> towers[] = {
      {"vit", small_vit}, {"bert", small_bert}, {"resnet", small_resnet}};
  for (const auto& [name, build] : towers) {
    CaseMaker m(name);
    const Value output = build(m);
    NodeCase plain = std::move(m).finish(output);
    NodeCase optimized = plain;
    optimized.name += ", optimized";
    optimize(optimized.graph, optimized.weights);
    cases.push_back(std::move(plain));
    cases.push_back(std::move(optimized));
  }
}

}  // namespace node_case_list

inline std::vector<NodeCase> node_cases() {
  std::vector<NodeCase> cases;
  node_case_list::add_image_tokens(cases);
  node_case_list::add_linears(cases);
  node_case_list::add_texts(cases);
  node_case_list::add_convolutions(cases);
  node_case_list::add_towers(cases);
  return cases;
}

// The towers as the model builders make them.
inline std::vector<NodeCase> tower_cases() {
  std::vector<NodeCase> towers;
  node_case_list::add_towers(towers);
  std::erase_if(towers, [](const NodeCase& c) { return c.name.ends_with("optimized"); });
  return towers;
}

// The weights of the layer norms that can be smoothed.
inline std::vector<std::string> smoothable_weights(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value norm : smoothable_norms(graph)) names.push_back(std::get<LayerNorm>(graph.node(norm).op).weight);
  return names;
}

// The towers with every layer in int8 that can be, and layer norms smoothed where they can be.
inline std::vector<NodeCase> int8_cases() {
  std::vector<NodeCase> cases = tower_cases();
  for (NodeCase& c : cases) {
    Random random(11, c.name);
    TowerQuantization quantization;
    for (const Node& node : c.graph.nodes) {
      const std::string layer = int8_layer(c.graph, node);
      if (!layer.empty()) quantization.steps[layer] = static_cast<float>(0.03 + 0.01 * random.uniform());
    }
    for (const std::string& norm : smoothable_weights(c.graph)) {
      Tensor factors = Tensor::allocate(DType::f32, c.weights.at(norm).shape);
      for (float& value : factors.mutable_data<float>()) value = static_cast<float>(0.5 + random.uniform());
      quantization.smoothing[norm] = factors;
    }
    quantize(c.graph, c.weights, quantization);
    c.name += ", int8";
  }
  return cases;
}

}  // namespace cnclip
