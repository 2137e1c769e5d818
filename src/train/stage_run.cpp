#include "train/stage_run.h"

#include <chrono>
#include <cmath>

#include "base/error.h"
#include "recipe/lora.h"
#include "train/distillation.h"
#include "train/loss_scale.h"
#include "train/masked_step.h"
#include "train/masked_validation.h"
#include "train/schedule.h"
#include "train/stage_sources.h"
#include "train/validation.h"
#include "train/word_step.h"
#include "train/word_validation.h"

namespace cnclip {
namespace {

constexpr std::int64_t kMostSkipped = 20;  // in a row; a loss scale that starts too high needs up to 16

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

LoaderOptions loader_options(const Recipe& recipe, std::size_t stage, const World& world) {
  LoaderOptions options;
  options.batch_size = static_cast<std::size_t>(recipe.stages[stage].batch_size / world.size());
  options.image_size = recipe.model.arch.image_size;
  options.context_length = recipe.data.context_length;
  options.augment = recipe.data.augment;
  options.seed = recipe.run.seed + stage;
  options.rank = world.rank();
  options.ranks = world.size();
  options.threads = recipe.data.threads;
  options.shards_at_once = static_cast<std::size_t>(recipe.data.shards_at_once);
  options.max_damaged = static_cast<std::size_t>(recipe.data.max_damaged);
  return options;
}

// A validation of this type; none without validation data.
template <class Kind, class... Parts>
std::function<ValidRecord()> validation_of(const ValidationSet* set, Parts&&... parts) {
  if (set == nullptr) return {};
  return [made = std::make_shared<Kind>(*set, std::forward<Parts>(parts)...)] { return made->run(); };
}

}  // namespace

void check_stage(const Stage& stage, const Recipe& recipe, const PairStore& data, const World& world) {
  const auto pairs = static_cast<std::int64_t>(data.size());
  const std::string at = fmt::format("stage \"{}\": ", stage.name);
  if (stage.batch_size % world.size() != 0) {
    throw_bad_input("{}batch_size {} is not a multiple of {} ranks", at, stage.batch_size, world.size());
  }
  const std::int64_t share = stage.batch_size / world.size();
  if (stage.micro_batch > 0 && stage.micro_batch < share && share % stage.micro_batch != 0) {
    throw_bad_input("{}the share of each of {} ranks, {} pairs, is not a multiple of micro_batch {}", at, world.size(),
                    share, stage.micro_batch);
  }
  if (pairs < stage.batch_size) {
    throw_bad_input("{}{}: {} pairs are less than a batch of {}", at, recipe.data.train, pairs, stage.batch_size);
  }
  steps_of(stage, pairs);
}

StageRun::StageRun(const RunParts& parts, std::size_t stage, const Checkpoints& checkpoints, Progress progress)
    : parts_(parts),
      stage_(parts.recipe.stages[stage]),
      freeze_(stage_.freeze, parts_.recipe.model.arch),
      checkpoints_(checkpoints),
      progress_(progress) {
  const Recipe& recipe = parts_.recipe;
  const auto pairs = static_cast<std::int64_t>(parts_.pairs->size());
  steps_ = steps_of(stage_, pairs);

  Trainee& trainee = parts_.trainee;
  trainee.merge_adapters();  // of the stage before
  trainee.freeze(freeze_, stage_.lora_rank);
  LoaderOptions loading = loader_options(recipe, stage, parts_.world);
  const auto data = begin(loading);

  AdamWOptions options{stage_.beta1, stage_.beta2, stage_.eps, stage_.weight_decay, stage_.decay_groups};
  optimizer_ = std::make_unique<AdamW>(trainee.tensors(), options);
  if (progress_.step > 0) checkpoints_.load_state(progress_.step, trainee, *optimizer_);

  steps_per_epoch_ = (pairs + stage_.batch_size - 1) / stage_.batch_size;
  const auto epoch = static_cast<std::uint64_t>(progress_.step / steps_per_epoch_),
             batch = static_cast<std::uint64_t>(progress_.step % steps_per_epoch_);
  loader_ = std::make_unique<Loader>(data, Tokenizer::chinese(), loading, LoaderPosition{epoch, batch});
}

std::shared_ptr<const PairStore> StageRun::begin(LoaderOptions& loading) {
  switch (stage_.objective) {
    case Objective::contrastive: return begin_contrastive(loading);
    case Objective::mlm: begin_masked(loading); return parts_.pairs;
    case Objective::words: begin_words(loading); return parts_.pairs;
  }
  throw_internal("training: objective {}", static_cast<int>(stage_.objective));
}

void StageRun::set_extra(std::vector<Parameter> extra) {
  std::ranges::move(lora_parameters(parts_.recipe.model.arch, freeze_, stage_.lora_rank), std::back_inserter(extra));
  parts_.trainee.set_extra(extra, parts_.recipe.run.seed);
}

std::shared_ptr<const PairStore> StageRun::begin_contrastive(LoaderOptions& loading) {
  const Recipe& recipe = parts_.recipe;
  Trainee& trainee = parts_.trainee;
  set_extra({});
  validation_ =
      validation_of<Validation>(parts_.valid, trainee, parts_.world, stage_.precision, freeze_.vision_locked());
  StageSources sources = open_sources(recipe, stage_, trainee, parts_.pairs, parts_.features, parts_.world,
                                      [this](const std::string& line) { parts_.console.line(line); });
  sources_ = std::move(sources.features);
  if (stage_.distill && stage_.distill->projection == Projection::learned) {
    trainee.tensors()[kDistillProjection] =
        first_projection(sources.teacher_width, recipe.model.arch.embed_dim, recipe.run.seed, trainee.device());
  }
  step_ = std::make_unique<ContrastiveStep>(trainee, stage_, sources_, parts_.world, loading.seed);
  loading.pictures = sources.pictures;
  return sources.pairs;
}

void StageRun::begin_masked(LoaderOptions& loading) {
  Trainee& trainee = parts_.trainee;
  set_extra(masked_language_head(trainee.config().text));
  validation_ = validation_of<MaskedValidation>(parts_.valid, trainee, parts_.world, stage_.precision);
  step_ = std::make_unique<MaskedStep>(trainee, stage_, parts_.world, loading.seed);
  loading.pictures = false;
}

void StageRun::begin_words(const LoaderOptions& loading) {
  Trainee& trainee = parts_.trainee;
  words_.emplace(*parts_.pairs, loading.context_length);
  set_extra(word_labels(trainee.config(), static_cast<int>(words_->count())));
  validation_ = validation_of<WordValidation>(parts_.valid, *words_, trainee, parts_.world, stage_.precision);
  step_ = std::make_unique<WordStep>(trainee, *words_, stage_, parts_.world, loading.seed);
}

void StageRun::run() {
  if (progress_.total_step == 0) validate();  // where it begins; and data that is not sound shows before it costs
  while (progress_.step < steps_) {
    const auto start = std::chrono::steady_clock::now();
    const TrainBatch batch = loader_->next();
    take_step(batch, seconds_since(start));
    const bool last = progress_.step == steps_;
    const bool stop = parts_.world.sum(parts_.stop.received() != 0 ? 1 : 0) > 0;
    const double best = progress_.best_score;
    if (due(stage_.validate_every) || last) validate();
    const bool better = progress_.best_score > best;
    if (due(stage_.save_every) || last || stop || better) save(better);
    if (stop) return;
  }
}

bool StageRun::due(std::int64_t every) const {
  return progress_.step % (every > 0 ? every : steps_per_epoch_) == 0;
}

double StageRun::rate_of(const std::string& parameter, double rate) const {
  if (parameter.starts_with("visual.")) return rate * stage_.lr_vision;
  if (parameter.starts_with("bert.") || parameter == "text_projection") return rate * stage_.lr_text;
  return rate;
}

void StageRun::take_step(const TrainBatch& batch, double data_seconds) {
  const auto start = std::chrono::steady_clock::now();
  optimizer_->clear_gradients();
  const double loss_scale = stage_.precision == TrainingPrecision::f16 ? progress_.loss_scale : 1;
  const StepLosses losses = step_->run(batch, progress_.step, loss_scale);
  const double norm = gradient_norm(optimizer_->entries()) / loss_scale;
  const bool finite = std::isfinite(losses.loss) && std::isfinite(norm);
  const double rate = learning_rate(stage_.lr, progress_.step, stage_.warmup, steps_);
  if (finite) {
    const double factor = (stage_.clip_grad_norm > 0 ? clip_factor(norm, stage_.clip_grad_norm) : 1.0) / loss_scale;
    if (factor != 1) scale_gradients(optimizer_->entries(), factor);
    optimizer_->step([&](const std::string& name) { return rate_of(name, rate); });
    parts_.trainee.clamp_logit_scale();
  }
  if (stage_.precision == TrainingPrecision::f16) {
    update_loss_scale(progress_.loss_scale, progress_.good_steps, finite);
  }
  ++progress_.step;
  ++progress_.total_step;
  progress_.epoch = (progress_.step + steps_per_epoch_ - 1) / steps_per_epoch_;

  TrainRecord record = record_of(losses);
  record.learning_rate = rate;
  record.gradient_norm = norm;
  if (stage_.precision == TrainingPrecision::f16) record.loss_scale = loss_scale;
  record.skipped = !finite;
  record.data_seconds = data_seconds;
  record.step_seconds = data_seconds + seconds_since(start);
  tell(record);
  guard(finite);
}

TrainRecord StageRun::record_of(const StepLosses& losses) const {
  TrainRecord record;
  record.stage = stage_.name;
  record.step = progress_.step;
  record.steps = steps_;
  record.total_step = progress_.total_step;
  record.epoch = static_cast<double>(progress_.step) / static_cast<double>(steps_per_epoch_);
  record.batch_size = stage_.batch_size;
  record.loss = losses.loss;
  record.distillation_loss = losses.distillation;
  record.image_to_text_accuracy = losses.image_to_text;
  record.text_to_image_accuracy = losses.text_to_image;
  record.word_accuracy = losses.word_accuracy;
  record.logit_scale = std::exp(parts_.trainee.logit_scale());
  return record;
}

void StageRun::tell(const TrainRecord& record) {
  if (parts_.log == nullptr) return;
  parts_.log->add(record);
  meter_.add(record);
  if (parts_.console.wants_progress() || progress_.step == steps_) {
    parts_.console.progress(progress_line(record, last_valid_, meter_));
  }
}

// The step was not taken, nothing is spoiled; but training that never takes one is none.
void StageRun::guard(bool finite) {
  skipped_in_a_row_ = finite ? 0 : skipped_in_a_row_ + 1;
  if (skipped_in_a_row_ < kMostSkipped) return;
  const auto newest = checkpoints_.newest();
  throw_bad_input(
      "stage \"{}\", step {}: loss or gradients of the last {} steps were not finite; a smaller lr, clip_grad_norm or "
      "another precision may help; {}",
      stage_.name, progress_.step, kMostSkipped,
      newest ? "the last checkpoint is " + checkpoints_.weights_file(*newest).string() : "there is no checkpoint yet");
}

void StageRun::validate() {
  if (!validation_) return;
  const auto start = std::chrono::steady_clock::now();
  ValidRecord record = validation_();
  record.seconds = seconds_since(start);
  record.stage = stage_.name;
  record.step = progress_.step;
  record.total_step = progress_.total_step;
  if (progress_.step > 0) progress_.best_score = std::max(progress_.best_score, record.score());
  if (parts_.log != nullptr) parts_.log->add(record);
  parts_.console.line(progress_line(record));
  last_valid_ = record;
}

void StageRun::save(bool best) {
  if (loader_->damaged() > told_damaged_) {
    told_damaged_ = loader_->damaged();
    parts_.console.line(
        fmt::format("{} damaged pairs left out so far, the last: {}", told_damaged_, loader_->last_damage()));
  }
  if (skipped_in_a_row_ > 0) return;  // perhaps it is the weights that are not finite: what is there is better
  if (parts_.world.rank() == 0) checkpoints_.save(parts_.trainee, *optimizer_, progress_, best);
  parts_.world.sum(0);  // nobody goes on, and perhaps ends, before it is on the disk
}

}  // namespace cnclip
