#include "augment/draw.h"
#include "base/error.h"

namespace cnclip {
namespace {

struct PolicyOp {
  OpKind kind;
  double probability;
  int magnitude;  // 0 to 10; says nothing to operations without a value
};

using enum OpKind;

// The ImageNet policy of AutoAugment (Cubuk and others, 2019), in its order and with its magnitudes.
constexpr PolicyOp kPolicy[25][2] = {
    {{posterize, 0.4, 8}, {rotate, 0.6, 9}},  {{solarize, 0.6, 5}, {autocontrast, 0.6, 5}},
    {{equalize, 0.8, 8}, {equalize, 0.6, 3}}, {{posterize, 0.6, 7}, {posterize, 0.6, 6}},
    {{equalize, 0.4, 7}, {solarize, 0.2, 4}}, {{equalize, 0.4, 4}, {rotate, 0.8, 8}},
    {{solarize, 0.6, 3}, {equalize, 0.6, 7}}, {{posterize, 0.8, 5}, {equalize, 1.0, 2}},
    {{rotate, 0.2, 3}, {solarize, 0.6, 8}},   {{equalize, 0.6, 8}, {posterize, 0.4, 6}},
    {{rotate, 0.8, 8}, {color, 0.4, 0}},      {{rotate, 0.4, 9}, {equalize, 0.6, 2}},
    {{equalize, 0.0, 7}, {equalize, 0.8, 8}}, {{invert, 0.6, 4}, {equalize, 1.0, 8}},
    {{color, 0.6, 4}, {contrast, 1.0, 8}},    {{rotate, 0.8, 8}, {color, 1.0, 2}},
    {{color, 0.8, 8}, {solarize, 0.8, 7}},    {{sharpness, 0.4, 7}, {invert, 0.6, 8}},
    {{shear_x, 0.6, 5}, {equalize, 1.0, 9}},  {{color, 0.4, 0}, {equalize, 0.6, 3}},
    {{equalize, 0.4, 7}, {solarize, 0.2, 4}}, {{solarize, 0.6, 5}, {autocontrast, 0.6, 5}},
    {{invert, 0.6, 4}, {equalize, 1.0, 8}},   {{color, 0.6, 4}, {contrast, 1.0, 8}},
    {{equalize, 0.8, 8}, {equalize, 0.6, 3}},
};

double with_random_sign(Random& random, double value) {
  return random.uniform() > 0.5 ? -value : value;
}

// timm's arguments, computed in the same order of the same doubles.
double value_of(const PolicyOp& op, Random& random) {
  const double level = op.magnitude / 10.0;
  switch (op.kind) {
    case posterize: return static_cast<int>(level * 4) + 4;
    case solarize: return static_cast<int>(level * 256);
    case rotate: return with_random_sign(random, level * 30.0);
    case shear_x: return with_random_sign(random, level * 0.3);
    case color:
    case contrast:
    case sharpness: return level * 1.8 + 0.1;
    case autocontrast:
    case equalize:
    case invert: return 0;
  }
  throw_internal("augment: unknown operation");
}

}  // namespace

void draw_policy(Random& random, TrainParameters& parameters) {
  parameters.sub_policy = static_cast<int>(random.uniform() * std::size(kPolicy));
  for (const PolicyOp& op : kPolicy[parameters.sub_policy]) {
    if (random.uniform() < op.probability) parameters.ops.push_back({op.kind, value_of(op, random)});
  }
}

}  // namespace cnclip
