#include "train/contrastive_loss.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

namespace cnclip {
namespace {

// 16 MiB of logits: what malloc keeps at hand, larger blocks would go back to the system each time.
constexpr std::int64_t kTileElements = std::int64_t{1} << 22;

// The features of one side: this rank's, and everybody's of the other side that they are compared with. Sums stay on
// the device, f64, until all is queued.
struct Side {
  Side(const at::Tensor& features, at::Tensor of_others)
      : mine(features),
        others(std::move(of_others)),
        target_sum(at::zeros({}, mine.options().dtype(at::kDouble))),
        hits(at::zeros_like(target_sum)),
        slope(at::zeros_like(target_sum)) {}

  const at::Tensor& mine;  // (n, d)
  at::Tensor others;       // (N, d)
  at::Tensor log_sums;     // (n), log sum exp of each row of logits
  at::Tensor target_sum;   // of the logits that the target asks for
  at::Tensor hits;
  at::Tensor slope;  // every logit times its derivative
};

// What the cross entropies want of the logits: of the rows, and of the columns.
class Targets {
 public:
  Targets(std::int64_t mine, World& world, const std::optional<PairIds>& ids) : first_(mine * world.rank()), ids_(ids) {
    if (ids) all_ids_ = {world.gather(ids->images), world.gather(ids->texts)};
  }
  // Positives of each row, of this rank and of all: (n) and (N). Who is whose positive is mutual, so a column has as
  // many as the row of the same number.
  void set_counts(const at::Tensor& mine, World& world) {
    counts_ = mine;
    all_counts_ = world.gather(mine);
  }

  // (end - begin, N), 1 where the pairs belong together; only with ids.
  at::Tensor positives(std::int64_t begin, std::int64_t end) const {
    const auto equal = [&](const at::Tensor& mine, const at::Tensor& all) {
      return mine.narrow(0, begin, end - begin).unsqueeze(1).eq(all.unsqueeze(0));
    };
    at::Tensor found = (equal(ids_->images, all_ids_.images) | equal(ids_->texts, all_ids_.texts)).to(at::kFloat);
    own(found, begin).fill_(1);
    return found;
  }

  void sum(Side& side, const at::Tensor& tile, std::int64_t begin, std::int64_t end) const {
    const at::Tensor best = tile.argmax(1);
    if (!ids_) {
      side.target_sum += own(tile, begin).sum();
      side.hits += best.eq(at::arange(first_ + begin, first_ + end, best.options())).sum();
      return;
    }
    const at::Tensor target = positives(begin, end) / counts_.narrow(0, begin, end - begin).unsqueeze(1);
    side.target_sum += (tile * target).sum();
    side.hits += target.gather(1, best.unsqueeze(1)).gt(0).sum();
  }

  void subtract_from(at::Tensor& change, std::int64_t begin, std::int64_t end) const {
    if (!ids_) {
      own(change, begin).sub_(2);
      return;
    }
    const at::Tensor found = positives(begin, end);
    change -= found / counts_.narrow(0, begin, end - begin).unsqueeze(1);
    change -= found / all_counts_.unsqueeze(0);
  }

 private:
  // The logits of the pairs themselves, in a tile of rows from `begin` on.
  at::Tensor own(const at::Tensor& tile, std::int64_t begin) const { return tile.diagonal(first_ + begin); }

  std::int64_t first_;
  const std::optional<PairIds>& ids_;
  PairIds all_ids_;
  at::Tensor counts_, all_counts_;
};

class Tiles {
 public:
  Tiles(std::int64_t mine, double scale, World& world, const std::optional<PairIds>& ids)
      : mine_(mine), all_(mine * world.size()), scale_(scale), targets_(mine, world, ids) {
    if (!ids) return;
    const at::Tensor counts = at::empty({mine}, ids->images.options().dtype(at::kFloat));
    for_each([&](std::int64_t begin, std::int64_t end) {
      counts.narrow(0, begin, end - begin).copy_(targets_.positives(begin, end).sum(1));
    });
    targets_.set_counts(counts, world);
  }

  std::int64_t all() const { return all_; }

  // Log-sums, target and hits of all rows of a side.
  void sum(Side& side) const {
    side.log_sums = at::empty({mine_}, side.mine.options());
    for_each([&](std::int64_t begin, std::int64_t end) {
      const at::Tensor tile = logits(side, begin, end);
      side.log_sums.narrow(0, begin, end - begin).copy_(tile.logsumexp(1));
      targets_.sum(side, tile, begin, end);
    });
  }

  // d loss / d mine, and the slope. `other_log_sums` (N): of the other side's rows, which are this side's columns.
  at::Tensor gradients(Side& side, const at::Tensor& other_log_sums) const {
    at::Tensor made = at::empty_like(side.mine);
    for_each([&](std::int64_t begin, std::int64_t end) {
      const at::Tensor tile = logits(side, begin, end);
      at::Tensor change = at::exp(tile - side.log_sums.narrow(0, begin, end - begin).unsqueeze(1));
      change += at::exp(tile - other_log_sums.unsqueeze(0));
      targets_.subtract_from(change, begin, end);
      change /= 2.0 * static_cast<double>(all_);
      side.slope += (change * tile).sum();
      made.narrow(0, begin, end - begin).copy_(at::mm(change, side.others) * scale_);
    });
    return made;
  }

 private:
  template <class Work>
  void for_each(Work work) const {
    const std::int64_t rows = std::max<std::int64_t>(1, kTileElements / all_);
    for (std::int64_t begin = 0; begin < mine_; begin += rows) work(begin, std::min(mine_, begin + rows));
  }
  at::Tensor logits(const Side& side, std::int64_t begin, std::int64_t end) const {
    return at::mm(side.mine.narrow(0, begin, end - begin), side.others.t()) * scale_;
  }

  std::int64_t mine_, all_;
  double scale_;
  Targets targets_;
};

}  // namespace

ContrastiveLoss contrastive_loss(const at::Tensor& images, const at::Tensor& texts, double logit_scale, World& world,
                                 const std::optional<PairIds>& ids) {
  const c10::InferenceMode no_gradients;
  const double scale = std::exp(logit_scale);
  const Tiles tiles(images.size(0), scale, world, ids);
  Side image_side(images, world.gather(texts)), text_side(texts, world.gather(images));
  tiles.sum(image_side);
  tiles.sum(text_side);

  ContrastiveLoss result;
  result.image_gradients = tiles.gradients(image_side, world.gather(text_side.log_sums));
  result.text_gradients = tiles.gradients(text_side, world.gather(image_side.log_sums));

  const auto log_sum = [](const Side& side) { return side.log_sums.sum().to(at::kDouble); };
  const at::Tensor sums =
      at::stack({log_sum(image_side) + log_sum(text_side) - image_side.target_sum - text_side.target_sum,
                 image_side.hits, text_side.hits, image_side.slope})  // the texts' is the same
          .cpu();
  const double* mine = sums.const_data_ptr<double>();
  const auto all = static_cast<double>(tiles.all());
  result.loss = world.sum(mine[0]) / (2 * all);
  result.image_to_text = world.sum(mine[1]) / all;
  result.text_to_image = world.sum(mine[2]) / all;
  result.logit_scale_gradient = world.sum(mine[3]);
  return result;
}

}  // namespace cnclip
