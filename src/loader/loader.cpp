#include "loader/loader.h"

#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "base/ordered_pipeline.h"
#include "loader/epoch_order.h"
#include "loader/picture_batches.h"

namespace cnclip {
namespace {

constexpr std::size_t kBatchesAhead = 2;

using Pixels = std::shared_ptr<std::uint8_t[]>;

// One place of a batch, to be filled.
struct Slot {
  Pixels pixels;  // of the whole batch
  std::size_t row = 0;
  std::uint64_t epoch = 0, number = 0;  // as EpochOrder counts
};

struct Damage {
  std::uint64_t index;  // of the pair
  std::string message;
};

struct Filled {
  Pixels pixels;
  std::vector<std::int32_t> ids;
  std::uint64_t pair = 0;
  std::int64_t image_id = 0, text_id = 0;
  std::vector<Damage> damage;  // of the pairs tried before
};

void check(const LoaderOptions& options, std::size_t size) {
  if (size == 0) throw_bad_input("loader: the dataset is empty");
  if (options.batch_size == 0 || options.image_size <= 0 || options.threads <= 0) {
    throw_usage("loader: batch size {}, image size {} and {} threads must be at least 1", options.batch_size,
                options.image_size, options.threads);
  }
  if (options.ranks <= 0 || options.rank < 0 || options.rank >= options.ranks) {
    throw_usage("loader: rank {} of {}", options.rank, options.ranks);
  }
}

std::uint64_t global_batch(const LoaderOptions& options) {
  return std::uint64_t{options.batch_size} * static_cast<std::uint64_t>(options.ranks);
}

}  // namespace

struct Loader::Impl {
  Impl(std::shared_ptr<const PairStore> data, const Tokenizer& words, const LoaderOptions& wanted, LoaderPosition start)
      : dataset(std::move(data)),
        tokenizer(words),
        options(wanted),
        shape(EpochShape::of(dataset->size(), global_batch(options))),
        shard_sizes(dataset->shard_sizes()),
        given(start),
        producing(start),
        pipeline(
            options.threads, kBatchesAhead * options.batch_size, [this] { return produce(); },
            [this](const Slot& slot) { return fill(slot); }) {}

  std::size_t bytes_per_image() const {
    return 3 * static_cast<std::size_t>(options.image_size) * static_cast<std::size_t>(options.image_size);
  }
  void advance(LoaderPosition& position) const {
    if (++position.batch == shape.places / global_batch(options)) position = {position.epoch + 1, 0};
  }

  // The pipeline calls it from one thread at a time.
  std::optional<Slot> produce() {
    if (!order || order_epoch != producing.epoch) {
      order.emplace(shape, shard_sizes, options.shards_at_once, options.seed, producing.epoch);
      order_epoch = producing.epoch;
    }
    if (row == 0 && options.pictures) {
      pixels = std::make_shared_for_overwrite<std::uint8_t[]>(options.batch_size * bytes_per_image());
    }
    // Ranks take turns, place by place.
    const std::uint64_t place = producing.batch * global_batch(options) +
                                row * static_cast<std::uint64_t>(options.ranks) +
                                static_cast<std::uint64_t>(options.rank);
    const Slot slot{pixels, row, producing.epoch, order->number_at(place)};
    if (++row == options.batch_size) {
      row = 0;
      pixels.reset();
      advance(producing);
    }
    return slot;
  }

  Filled fill(const Slot& slot) const {
    Filled filled;
    filled.pixels = slot.pixels;
    for (std::uint64_t step = 0; step < shape.samples && filled.damage.size() <= options.max_damaged; ++step) {
      const std::uint64_t index = (slot.number + step) % shape.samples;
      try {
        const Pair sample = dataset->get(index, options.pictures ? PairParts::all : PairParts::text);
        if (options.pictures) decode(sample, slot);
        filled.pair = index;
        filled.ids = tokenizer.encode(sample.text, options.context_length, TextVariant::training).ids;
        filled.image_id = sample.image_id;
        filled.text_id = sample.text_id;
        return filled;
      } catch (const Error& error) {
        if (error.category() != ErrorCategory::bad_input) throw;
        filled.damage.push_back({index, error.what()});
      }
    }
    fail(filled.damage.size(), filled.damage.back().message);
  }

  void decode(const Pair& sample, const Slot& slot) const {
    const DrawKey key{options.seed, slot.epoch, slot.number};
    decode_pair(sample, options.augment ? std::optional(key) : std::nullopt, options.image_size,
                {slot.pixels.get() + slot.row * bytes_per_image(), bytes_per_image()});
  }

  [[noreturn]] void fail(std::size_t count, const std::string& last) const {
    throw_bad_input("loader: {} damaged pairs, the limit is {}; the last: {}", count, options.max_damaged, last);
  }

  TrainBatch next() {
    TrainBatch batch;
    batch.position = given;
    for (; batch.count < options.batch_size; ++batch.count) {
      Filled filled = *pipeline.next();
      batch.pixels = std::move(filled.pixels);
      batch.ids.insert(batch.ids.end(), filled.ids.begin(), filled.ids.end());
      batch.lengths.push_back(static_cast<std::int32_t>(filled.ids.size()));
      batch.pairs.push_back(filled.pair);
      batch.image_ids.push_back(filled.image_id);
      batch.text_ids.push_back(filled.text_id);
      for (Damage& damage : filled.damage) {
        damaged.insert(damage.index);
        last_damage = std::move(damage.message);
      }
      if (damaged.size() > options.max_damaged) fail(damaged.size(), last_damage);
    }
    advance(given);
    return batch;
  }

  const std::shared_ptr<const PairStore> dataset;
  const Tokenizer& tokenizer;
  const LoaderOptions options;
  const EpochShape shape;
  const std::vector<std::size_t> shard_sizes;
  LoaderPosition given;  // the batch to be given next
  std::unordered_set<std::uint64_t> damaged;
  std::string last_damage;

  // What produce() is at.
  LoaderPosition producing;
  std::size_t row = 0;
  Pixels pixels;
  std::optional<EpochOrder> order;
  std::uint64_t order_epoch = 0;

  OrderedPipeline<Slot, Filled> pipeline;  // last: its threads use all of the above
};

Loader::Loader(std::shared_ptr<const PairStore> dataset, const Tokenizer& tokenizer, const LoaderOptions& options,
               LoaderPosition start) {
  check(options, dataset->size());
  const std::uint64_t batches = EpochShape::of(dataset->size(), global_batch(options)).places / global_batch(options);
  if (start.batch >= batches) throw_usage("loader: batch {} of {} in an epoch", start.batch, batches);
  impl_ = std::make_unique<Impl>(std::move(dataset), tokenizer, options, start);
}

Loader::~Loader() = default;

TrainBatch Loader::next() {
  return impl_->next();
}
LoaderPosition Loader::position() const {
  return impl_->given;
}
std::uint64_t Loader::batches_per_epoch() const {
  return impl_->shape.places / global_batch(impl_->options);
}
std::size_t Loader::damaged() const {
  return impl_->damaged.size();
}
const std::string& Loader::last_damage() const {
  return impl_->last_damage;
}

}  // namespace cnclip
