// The model as data: a small, coarse graph that every engine and exporter lowers.
//
// A Graph is a list of nodes in execution order; a node makes one value. Nodes name their weights by the official
// checkpoint keys and hold what the arithmetic depends on (activation, epsilon, mask rule); the weights themselves
// live in a TensorMap beside the graph. Shapes are symbolic in the batch (N) and the sequence (T): see shapes.h.
//
// `x` below is the node's first input. Linear weights are (out, in); all arithmetic is in real numbers, the
// precision is the engine's business.
#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

namespace cnclip {

// The value that node `id` makes.
struct Value {
  int id = -1;
  bool operator==(const Value&) const = default;
};

enum class Activation {
  none,
  relu,
  gelu,        // exact: x * Phi(x), by erf
  quick_gelu,  // x * sigmoid(1.702 x)
};

enum class Mask {
  none,     // every token sees every token
  lengths,  // tokens past a row's length are not seen
};

// Raw pixels (N, 3, size, size), uint8, RGB planes.
struct PixelInput {
  int size = 0;
};

// (x / 255 - mean) / std per channel, as float.
struct NormalizePixels {
  std::array<float, 3> mean{};
  std::array<float, 3> std{};
};

// Token ids (N, T) with a length for every row; rows are filled up with [PAD].
struct TokenInput {};

// Convolution with kernel = stride = patch, then rows of patches: (N, 3, S, S) -> (N, (S/patch)^2, width).
struct PatchEmbed {
  std::string weight;  // (width, 3, patch, patch)
  std::string bias;    // (width), or empty
  int patch = 0;
};

// (N, L, w) -> (N, L + 1, w) with the token (w) in front of every row.
struct PrependToken {
  std::string token;
};

// x + table[0..L), table (L, w).
struct AddPositions {
  std::string table;
};

// FLIP masking of patches, a matter of training: identity everywhere else.
struct DropPatches {};

// Zeroing at random with probability p, a matter of training: identity everywhere else.
struct Dropout {
  float probability = 0;
};

// Over the last axis, biased variance.
struct LayerNorm {
  std::string weight;
  std::string bias;
  float epsilon = 0;
};

// activation(x W^T + b) [+ second input]. Several weights stand for one matrix, their rows stacked (Q, K, V).
struct Linear {
  std::vector<std::string> weights;  // each (out_i, in)
  std::vector<std::string> biases;   // each (out_i); none, or as many as weights
  Activation activation = Activation::none;
  float dropout = 0;  // of the product, before the residual; in training only
  // Other than 0: the product is of int8 (graph/int8.h), x in multiples of this step, the matrix by rows.
  float input_step = 0;
};

// softmax(Q K^T / sqrt(head size)) V by heads, the heads side by side in the last axis.
// One input: packed Q, K, V (N, L, 3w) -> (N, L, w). Two inputs: Q (N, w) of one token and packed K, V (N, L, 2w) ->
// (N, w).
struct Attention {
  int heads = 0;
  Mask mask = Mask::none;
  float dropout = 0;  // of the softmax, in training only
};

// word[id] + position[0..T) + type[0]: (N, T) -> (N, T, hidden).
struct EmbeddingSum {
  std::string word;
  std::string position;
  std::string type;
};

// activation(convolution(x) [batch-normalised] [+ bias] [+ second input]), square kernel, zero padding.
// Mind the order: the residual enters before the activation, as residual networks have it.
struct ConvBnAct {
  struct BatchNorm {
    std::string weight, bias, mean, variance;  // each (out)
    float epsilon = 0;
  };
  std::string weight;           // (out, in, k, k)
  std::string bias;             // (out), (out, H', W') for a bias that differs by place, or empty
  std::vector<BatchNorm> norm;  // one, or none once it is folded
  int stride = 1;
  int padding = 0;
  Activation activation = Activation::none;
  float input_step = 0;  // as in Linear
};

// Mean over kernel x kernel windows, stride = kernel.
struct AvgPool {
  int kernel = 0;
};

// CLIP's attention pool: (N, C, H, W) -> (N, out). The tokens are the mean of all places, then the places; positions
// are added; the mean token asks, all tokens answer; the result is projected.
struct AttentionPool {
  std::string positions;                                             // (H W + 1, C)
  std::string q_weight, q_bias, k_weight, k_bias, v_weight, v_bias;  // (C, C), (C)
  std::string out_weight, out_bias;                                  // (out, C), (out)
  int heads = 0;
};

// (N, L, w) -> (N, w)
struct TakeToken {
  int index = 0;
};

// x W with W (in, out), no bias: CLIP's raw projection parameters.
struct Project {
  std::string weight;
};

using Op =
    std::variant<PixelInput, NormalizePixels, TokenInput, PatchEmbed, PrependToken, AddPositions, DropPatches, Dropout,
                 LayerNorm, Linear, Attention, EmbeddingSum, ConvBnAct, AvgPool, AttentionPool, TakeToken, Project>;

struct Node {
  Op op;
  std::vector<Value> inputs;
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;  // inputs of a node always come before it
  Value output;             // (N, embed)

  const Node& node(Value value) const { return nodes[static_cast<std::size_t>(value.id)]; }
};

// For std::visit with one lambda a kind.
template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace cnclip
