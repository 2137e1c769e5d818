// Training batches: pairs in a random order, decoded, augmented and tokenized on threads of its own.
//
// What a batch holds depends on the dataset, the options but `threads`, and its position; never on threads or on where
// the loader began.
#pragma once

#include <memory>

#include "cnclip/tokenizer.h"
#include "loader/pairs.h"

namespace cnclip {

struct LoaderOptions {
  std::size_t batch_size = 1;  // of this rank
  int image_size = 224;
  int context_length = 52;
  bool pictures = true;  // false: they are not even read, where their features are at hand
  bool augment = false;  // the training transform; otherwise the evaluation transform
  std::uint64_t seed = 0;
  int rank = 0, ranks = 1;
  int threads = 1;
  std::size_t shards_at_once = 0;  // shards whose samples are mixed; 0: all
  // A damaged pair gives its place to the next sound one of the dataset. More than this many end the training.
  std::size_t max_damaged = 0;
};

struct LoaderPosition {
  std::uint64_t epoch = 0, batch = 0;
};

struct TrainBatch {
  LoaderPosition position;
  std::size_t count = 0;
  std::shared_ptr<const std::uint8_t[]> pixels;   // (count, 3, S, S); null without pictures
  std::vector<std::int32_t> ids;                  // the texts' tokens one after another
  std::vector<std::int32_t> lengths;              // (count)
  std::vector<std::uint64_t> pairs;               // (count), numbers in the dataset
  std::vector<std::int64_t> image_ids, text_ids;  // (count)
};

class Loader {
 public:
  // `tokenizer` must outlive the loader. Throws usage for options that make no sense, bad_input for an empty dataset.
  // Begins at `start`, which may be the position() of a loader of an earlier run.
  Loader(std::shared_ptr<const PairStore> dataset, const Tokenizer& tokenizer, const LoaderOptions& options,
         LoaderPosition start = {});
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch; there is no end, epoch follows epoch. At most four batches are in memory, the one handed out among
  // them. Throws bad_input past max_damaged; the loader is of no use then.
  TrainBatch next();
  // Of the batch that next() will give.
  LoaderPosition position() const;
  std::uint64_t batches_per_epoch() const;
  // How many pairs the batches given so far found damaged, each counted once, and what was wrong with the last met.
  std::size_t damaged() const;
  const std::string& last_damage() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnclip
