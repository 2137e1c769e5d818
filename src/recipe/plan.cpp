#include "recipe/plan.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "graph/shapes.h"
#include "model/parameters.h"
#include "model/towers.h"
#include "recipe/freeze.h"
#include "recipe/lora.h"

namespace cnclip {
namespace {

constexpr double kLossTile = 4096;  // rows and columns of similarities at a time
constexpr double kCachedBytes = 4;  // of a value: features are kept as float32
constexpr double kMasked = 0.15;    // of a text's tokens, for which BERT's head is run

// A pair's share of one tower.
struct TowerCost {
  double forward = 0;          // operations
  double saved = 0, peak = 0;  // values kept for the backward pass; the largest value
  double block = 0;            // values kept by one block, and between two blocks, for checkpoints
  double boundary = 0;
};

// What autograd keeps: each node's output, once more before an activation. Attention is the fused kernel, which keeps
// no matrix of scores.
TowerCost cost_of(const Graph& graph, const ModelConfig& config, std::int64_t macs, std::int64_t length, int blocks) {
  const std::vector<Shape> shapes = verify(graph, initial_weights(config, 0));
  TowerCost cost;
  cost.forward = 2 * static_cast<double>(macs);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    double values = 1;
    for (const std::int64_t dim : shapes[i]) {
      values *= static_cast<double>(dim == kBatch ? 1 : dim == kLength ? length : dim);
    }
    const Op& op = graph.nodes[i].op;
    const auto* linear = std::get_if<Linear>(&op);
    const bool twice = std::holds_alternative<ConvBnAct>(op) || (linear && linear->activation != Activation::none);
    cost.saved += values * (twice ? 2 : 1);
    cost.peak = std::max(cost.peak, values);
    if (std::holds_alternative<LayerNorm>(op)) cost.boundary = std::max(cost.boundary, values);
  }
  cost.block = cost.saved / blocks;
  return cost;
}

TowerCost image_cost(const ModelConfig& config, double patch_drop) {
  const auto* vit = std::get_if<VitConfig>(&config.vision);
  TowerCost cost = cost_of(image_tower(config), config, image_macs(config), 1, vit ? vit->layers : 1);
  if (vit == nullptr || patch_drop == 0) return cost;
  const double patches = std::pow(config.image_size / vit->patch_size, 2), w = vit->width;
  const double kept = std::floor(patches * (1 - patch_drop));
  const auto blocks = [&](double tokens) { return 2 * vit->layers * (12 * w * w * tokens + 2 * w * tokens * tokens); };
  const double share = (kept + 1) / (patches + 1);
  cost.forward += blocks(kept + 1) - blocks(patches + 1);
  for (double* values : {&cost.saved, &cost.peak, &cost.block, &cost.boundary}) *values *= share;
  return cost;
}

class Planner {
 public:
  Planner(const Recipe& recipe, const Stage& stage, const Machine& machine)
      : recipe_(recipe), stage_(stage), machine_(machine), freeze_(stage.freeze, recipe.model.arch) {
    share_ = static_cast<double>(stage.batch_size / machine.devices);
    micro_ = stage.micro_batch > 0 ? std::min(share_, static_cast<double>(stage.micro_batch)) : share_;
    bytes_ = stage.precision == TrainingPrecision::f32 ? 4 : 2;
    plan_.name = stage.name;
    plan_.steps = steps_of(stage, recipe.data.pairs);
    plan_.pairs = plan_.steps * stage.batch_size;
  }

  StagePlan make() {
    count_parameters();
    const ModelConfig& arch = recipe_.model.arch;
    if (stage_.objective == Objective::mlm) return of_text_tower();
    if (stage_.objective == Objective::words) return of_image_tower();
    const auto* vit = std::get_if<VitConfig>(&arch.vision);
    if (stage_.cache_views == 0) {
      add_tower(image_cost(arch, stage_.patch_drop), freeze_.vision_share(), freeze_.vision_locked(),
                vit != nullptr ? vit->layers : 0);
      plan_.inputs = share_ * 3 * arch.image_size * arch.image_size;
    } else {
      plan_.cache = kCachedBytes * static_cast<double>(recipe_.data.pairs) * stage_.cache_views * arch.embed_dim;
    }
    const int length = recipe_.data.context_length;
    add_tower(cost_of(text_tower(arch), arch, text_macs(arch, length), length, arch.text.layers), freeze_.text_share(),
              freeze_.text_locked(), arch.text.layers);
    add_teacher();
    add_loss();
    add_traffic();
    plan_.compute_seconds = share_ * plan_.operations() / (machine_.flops(stage_.precision) * machine_.utilisation);
    warn();
    return plan_;
  }

 private:
  // The text tower alone, and the head, whose logits of the whole vocabulary are most of the memory of small models.
  StagePlan of_text_tower() {
    const ModelConfig& arch = recipe_.model.arch;
    const int length = recipe_.data.context_length;
    add_tower(cost_of(text_tower(arch), arch, text_macs(arch, length), length, arch.text.layers), freeze_.text_share(),
              freeze_.text_locked(), arch.text.layers);
    const double masked = kMasked * length, hidden = arch.text.hidden_size, vocabulary = arch.text.vocab_size;
    return with_head(2 * masked * hidden * (hidden + vocabulary), masked * vocabulary);
  }

  // The image tower alone, and the map to words: as if the captions held the whole vocabulary.
  StagePlan of_image_tower() {
    const ModelConfig& arch = recipe_.model.arch;
    const auto* vit = std::get_if<VitConfig>(&arch.vision);
    add_tower(image_cost(arch, stage_.patch_drop), freeze_.vision_share(), freeze_.vision_locked(),
              vit != nullptr ? vit->layers : 0);
    plan_.inputs = share_ * 3 * arch.image_size * arch.image_size;
    const double vocabulary = arch.text.vocab_size;
    return with_head(2 * arch.embed_dim * vocabulary, vocabulary);
  }

  // Operations and logits of one pair.
  StagePlan with_head(double operations, double logits) {
    plan_.forward += operations;
    plan_.backward += 2 * operations;
    plan_.loss = 3 * 4 * micro_ * logits;  // logits, their log-softmax and its gradient, float32
    add_traffic();
    plan_.compute_seconds = share_ * plan_.operations() / (machine_.flops(stage_.precision) * machine_.utilisation);
    warn();
    return plan_;
  }

  // What the objective trains besides the model.
  std::vector<Parameter> head() const {
    const ModelConfig& arch = recipe_.model.arch;
    switch (stage_.objective) {
      case Objective::contrastive: return {};
      case Objective::mlm: return masked_language_head(arch.text);
      case Objective::words: return word_labels(arch, arch.text.vocab_size);
    }
    throw_internal("plan: objective {}", static_cast<int>(stage_.objective));
  }

  void count_parameters() {
    for (const Parameter& parameter : parameters(recipe_.model.arch)) {
      if (parameter.buffer) continue;
      const bool trained = is_trained(parameter.name, freeze_, stage_.lora_rank);
      (trained ? plan_.trained : plan_.frozen) += element_count(parameter.shape);
    }
    std::vector<Parameter> besides = head();
    std::ranges::move(lora_parameters(recipe_.model.arch, freeze_, stage_.lora_rank), std::back_inserter(besides));
    for (const Parameter& parameter : besides) plan_.trained += element_count(parameter.shape);
    const auto trained = static_cast<double>(plan_.trained), all = trained + static_cast<double>(plan_.frozen);
    plan_.weights = 4 * all + (bytes_ == 2 ? 2 * all : 0);  // float32, and a copy of 16 bits
    plan_.gradients = 4 * trained;
    plan_.optimizer = 8 * trained;
  }

  // `checkpoints`: blocks between which activations may be checkpointed; 0: a ResNet, which has none.
  void add_tower(const TowerCost& cost, double frozen_share, bool locked, int checkpoints) {
    plan_.forward += cost.forward;
    if (locked) {
      plan_.activations += 2 * cost.peak * micro_ * bytes_;
      return;
    }
    const double trained = 1 - frozen_share;
    const bool checkpointed = stage_.checkpoint_activations && checkpoints > 0;
    plan_.backward += 2 * trained * cost.forward;
    if (micro_ < share_) plan_.again += cost.forward;
    if (checkpointed) plan_.again += trained * cost.forward;
    const double kept = checkpointed ? checkpoints * trained * cost.boundary + cost.block : trained * cost.saved;
    plan_.activations += kept * micro_ * bytes_;
  }

  void add_teacher() {
    if (!stage_.distill) return;
    const ModelConfig* teacher = find_architecture(stage_.distill->teacher);
    if (teacher == nullptr) {
      plan_.warnings.push_back(
          fmt::format("the teacher is not counted: {} is no architecture's name", stage_.distill->teacher));
    } else if (stage_.distill->cache) {
      plan_.cache += kCachedBytes * static_cast<double>(recipe_.data.pairs) * teacher->embed_dim;
    } else {
      plan_.forward += 2 * static_cast<double>(image_macs(*teacher));
      plan_.weights += bytes_ * static_cast<double>(parameter_count(*teacher));
    }
  }

  // Own rows against all columns, once from pictures to texts and once back.
  void add_loss() {
    const double columns = stage_.loss == Loss::local ? share_ : static_cast<double>(stage_.batch_size);
    const double products = 2 * 2 * columns * recipe_.model.arch.embed_dim;
    plan_.forward += products;
    plan_.backward += 2 * products;
    const double tile = std::min(columns, kLossTile);
    plan_.loss = 2 * 2 * 4 * columns * recipe_.model.arch.embed_dim + 4 * tile * tile;
  }

  void add_traffic() {
    const double others = static_cast<double>(machine_.devices - 1) / machine_.devices;
    const double features = 2.0 * 4 * static_cast<double>(stage_.batch_size) * recipe_.model.arch.embed_dim;
    const bool pairs = stage_.objective == Objective::contrastive;
    if (pairs && stage_.loss != Loss::local)
      plan_.features_sent = others * features * (stage_.loss == Loss::global ? 2 : 1);
    plan_.gradients_sent = 2 * others * plan_.gradients;
    plan_.link_seconds = (plan_.features_sent + plan_.gradients_sent) / machine_.link;
  }

  void warn() {
    const double needed = plan_.memory(machine_);
    if (needed > machine_.memory) {
      plan_.warnings.push_back(fmt::format(
          "does not fit: {:.1f} of {:.1f} GiB; a smaller micro_batch than {:.0f}, checkpoint_activations or "
          "more devices would help",
          needed / (1 << 30), machine_.memory / (1 << 30), micro_));
    }
    if (stage_.precision == TrainingPrecision::bf16 && machine_.flops_bf16 == 0) {
      plan_.warnings.push_back(fmt::format("{} has no bf16; the rate of f32 is taken", machine_.name));
    }
    if (stage_.precision == TrainingPrecision::f16 && machine_.flops_f16 == 0) {
      plan_.warnings.push_back(fmt::format("{} has no f16; the rate of f32 is taken", machine_.name));
    }
  }

  const Recipe& recipe_;
  const Stage& stage_;
  const Machine& machine_;
  Freeze freeze_;
  double share_ = 0, micro_ = 0;  // pairs of a device, in a step and in one pass
  int bytes_ = 4;
  StagePlan plan_;
};

}  // namespace

Plan plan_training(const Recipe& recipe, const Machine& machine) {
  Plan plan{machine, {}};
  for (const Stage& stage : recipe.stages) {
    if (recipe.data.pairs == 0 && (stage.epochs > 0 || stage.cache_views > 0 || stage.distill)) {
      throw_bad_input("stage \"{}\": a plan needs to know how many pairs there are: data.pairs=N", stage.name);
    }
    if (stage.batch_size % machine.devices != 0) {
      throw_bad_input("stage \"{}\": batch_size {} is not a multiple of {} devices", stage.name, stage.batch_size,
                      machine.devices);
    }
    plan.stages.push_back(Planner(recipe, stage, machine).make());
  }
  return plan;
}

}  // namespace cnclip
