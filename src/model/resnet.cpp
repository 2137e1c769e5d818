// CLIP's ModifiedResNet: three-convolution stem, average pools in place of strides, attention pool
// (official code: cn_clip/clip/model.py, ModifiedResNet).
#include "model/towers.h"

namespace cnclip {
namespace {

constexpr float kEpsilon = 1e-5f;
constexpr int kExpansion = 4;

// `conv` + ".weight", normalised by `norm`.
ConvBnAct conv_bn(const std::string& conv, const std::string& norm, int stride, int padding, Activation activation) {
  ConvBnAct op;
  op.weight = conv + ".weight";
  op.norm = {{norm + ".weight", norm + ".bias", norm + ".running_mean", norm + ".running_var", kEpsilon}};
  op.stride = stride;
  op.padding = padding;
  op.activation = activation;
  return op;
}

Value bottleneck(GraphBuilder& g, Value x, const std::string& name, int stride, bool shortcut) {
  Value y = g.conv_bn_act(x, conv_bn(name + ".conv1", name + ".bn1", 1, 0, Activation::relu));
  y = g.conv_bn_act(y, conv_bn(name + ".conv2", name + ".bn2", 1, 1, Activation::relu));
  if (stride > 1) y = g.avg_pool(y, stride);
  Value identity = x;
  if (shortcut) {
    if (stride > 1) identity = g.avg_pool(identity, stride);
    identity = g.conv_bn_act(identity, conv_bn(name + ".downsample.0", name + ".downsample.1", 1, 0, Activation::none));
  }
  return g.conv_bn_act(y, conv_bn(name + ".conv3", name + ".bn3", 1, 0, Activation::relu), identity);
}

}  // namespace

Value modified_resnet(GraphBuilder& g, const ResNetConfig& c, Value pixels) {
  Value x = g.conv_bn_act(pixels, conv_bn("visual.conv1", "visual.bn1", 2, 1, Activation::relu));
  x = g.conv_bn_act(x, conv_bn("visual.conv2", "visual.bn2", 1, 1, Activation::relu));
  x = g.conv_bn_act(x, conv_bn("visual.conv3", "visual.bn3", 1, 1, Activation::relu));
  x = g.avg_pool(x, 2);
  int channels = c.width;
  for (std::size_t stage = 0; stage < c.layers.size(); ++stage) {
    const int out = c.width * (1 << stage) * kExpansion;
    for (int block = 0; block < c.layers[stage]; ++block) {
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      const std::string name = "visual.layer" + std::to_string(stage + 1) + "." + std::to_string(block);
      x = bottleneck(g, x, name, stride, stride > 1 || channels != out);
      channels = out;
    }
  }
  const std::string pool = "visual.attnpool.";
  return g.attention_pool(x, {pool + "positional_embedding", pool + "q_proj.weight", pool + "q_proj.bias",
                              pool + "k_proj.weight", pool + "k_proj.bias", pool + "v_proj.weight",
                              pool + "v_proj.bias", pool + "c_proj.weight", pool + "c_proj.bias", c.heads()});
}

}  // namespace cnclip
