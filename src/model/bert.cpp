// BERT without a pooler: the feature is the last hidden state of [CLS], projected
// (official code: cn_clip/clip/modeling_bert.py and model.py, encode_text).
#include "model/towers.h"

namespace cnclip {
namespace {

Value post_norm_layer(GraphBuilder& g, const BertConfig& c, Value x, const std::string& name) {
  const std::string self = name + ".attention.self.";
  Value y = g.linear(x, Linear{{self + "query.weight", self + "key.weight", self + "value.weight"},
                               {self + "query.bias", self + "key.bias", self + "value.bias"}});
  y = g.attention(y, c.heads, Mask::lengths, c.dropout);
  y = g.linear(y, name + ".attention.output.dense", Activation::none, x, c.dropout);
  x = g.layer_norm(y, name + ".attention.output.LayerNorm", c.epsilon);
  y = g.linear(x, name + ".intermediate.dense", Activation::gelu);
  y = g.linear(y, name + ".output.dense", Activation::none, x, c.dropout);
  return g.layer_norm(y, name + ".output.LayerNorm", c.epsilon);
}

}  // namespace

Value bert_states(GraphBuilder& g, const BertConfig& c, Value tokens) {
  const std::string table = "bert.embeddings.";
  Value x = g.embedding_sum(tokens, {table + "word_embeddings.weight", table + "position_embeddings.weight",
                                     table + "token_type_embeddings.weight"});
  x = g.layer_norm(x, table + "LayerNorm", c.epsilon);
  x = g.dropout(x, c.dropout);
  for (int i = 0; i < c.layers; ++i) x = post_norm_layer(g, c, x, "bert.encoder.layer." + std::to_string(i));
  return x;
}

Value bert(GraphBuilder& g, const BertConfig& c, Value tokens) {
  return g.project(g.take_token(bert_states(g, c, tokens), 0), "text_projection");
}

Graph image_tower(const ModelConfig& config) {
  GraphBuilder g(config.name + " image tower");
  const Value pixels = g.pixels(config.image_size, kPixelMean, kPixelStd);
  const Value features = std::visit(Overloaded{[&](const VitConfig& c) { return vit(g, c, pixels); },
                                               [&](const ResNetConfig& c) { return modified_resnet(g, c, pixels); }},
                                    config.vision);
  return std::move(g).finish(features);
}

Graph text_tower(const ModelConfig& config) {
  GraphBuilder g(config.name + " text tower");
  const Value features = bert(g, config.text, g.tokens());
  return std::move(g).finish(features);
}

Graph text_states(const ModelConfig& config) {
  GraphBuilder g(config.name + " hidden states of texts");
  const Value states = bert_states(g, config.text, g.tokens());
  return std::move(g).finish(states);
}

}  // namespace cnclip
