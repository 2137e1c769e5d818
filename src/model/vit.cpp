// Vision Transformer of CLIP (official code: cn_clip/clip/model.py, VisualTransformer).
#include "model/towers.h"

namespace cnclip {
namespace {

Value pre_norm_block(GraphBuilder& g, const VitConfig& c, Value x, const std::string& name) {
  Value y = g.layer_norm(x, name + ".ln_1", c.epsilon);
  y = g.linear(y, Linear{{name + ".attn.in_proj_weight"}, {name + ".attn.in_proj_bias"}});
  y = g.attention(y, c.heads(), Mask::none);
  x = g.linear(y, name + ".attn.out_proj", Activation::none, x);
  y = g.layer_norm(x, name + ".ln_2", c.epsilon);
  y = g.linear(y, name + ".mlp.c_fc", Activation::quick_gelu);
  return g.linear(y, name + ".mlp.c_proj", Activation::none, x);
}

}  // namespace

Value vit(GraphBuilder& g, const VitConfig& c, Value pixels) {
  Value x = g.patch_embed(pixels, "visual.conv1.weight", c.patch_size);
  x = g.prepend_token(x, "visual.class_embedding");
  x = g.add_positions(x, "visual.positional_embedding");
  x = g.drop_patches(x);
  x = g.layer_norm(x, "visual.ln_pre", c.epsilon);
  for (int i = 0; i < c.layers; ++i) {
    x = pre_norm_block(g, c, x, "visual.transformer.resblocks." + std::to_string(i));
  }
  x = g.layer_norm(g.take_token(x, 0), "visual.ln_post", c.epsilon);
  return g.project(x, "visual.proj");
}

}  // namespace cnclip
