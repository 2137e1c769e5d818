// Rewrites of a graph that keep its output. Each may add derived tensors to `weights`, computed when first loaded;
// derived names end in "#…", official names never do.
#pragma once

#include "base/tensor.h"
#include "graph/graph.h"

namespace cnclip {

// Batch normalisation, with its statistics fixed, becomes the weight and bias of the convolution before it.
void fold_batch_norm(Graph& graph, TensorMap& weights);

// The first convolution takes raw pixels: (x/255 - mean)/std moves into its weight and bias. A padded convolution gets
// a bias that differs by place, since the padding is zero after the normalisation, not before.
// Run it after fold_batch_norm.
void fold_pixel_normalization(Graph& graph, TensorMap& weights);

// Where only one token is taken at the end, the last block computes that token only (its keys and values still come
// from all tokens).
void narrow_last_block(Graph& graph, TensorMap& weights);

// All of them in order: what inference engines run.
void optimize(Graph& graph, TensorMap& weights);

}  // namespace cnclip
