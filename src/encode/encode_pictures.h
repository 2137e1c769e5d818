// The pipeline of everything that turns pictures into features: reading, decoding and resizing overlap with the
// encoder.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "base/ordered_pipeline.h"
#include "base/threads.h"
#include "cnclip/encoder.h"

namespace cnclip {

template <class Item, class Prepared>
struct PictureStages {
  std::function<std::optional<Item>()> produce;  // nothing at the end; one thread at a time
  std::function<Prepared(Item)> prepare;         // any number of threads
  // What prepare() gave, with its feature; without `pixels` (3 x S x S bytes, S the encoder's image_size()) with none,
  // and then it may come before what was produced before it.
  std::function<void(Prepared, std::span<const float>)> finish;
  std::function<bool()> batch_done;  // after each batch, and at the end; false: that is enough
};

// `batch`: pictures that are encoded at once; 0: what the encoder likes.
template <class Item, class Prepared>
void encode_pictures(Encoder& encoder, std::size_t batch, const PictureStages<Item, Prepared>& stages) {
  if (batch == 0) batch = static_cast<std::size_t>(encoder.image_batch());
  const int workers = thread_count();
  OrderedPipeline<Item, Prepared> pipeline(workers, 3 * batch, stages.produce, stages.prepare);
  std::vector<std::uint8_t> pixels;
  std::vector<Prepared> waiting;
  std::size_t passed = 0;  // without pixels, since the last batch
  const auto flush = [&] {
    const FeatureMatrix features = encoder.encode_pixels(pixels);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      stages.finish(std::move(waiting[i]), features.row(static_cast<std::int64_t>(i)));
    }
    pixels.clear();
    waiting.clear();
    passed = 0;
    return stages.batch_done();
  };
  while (auto prepared = pipeline.next()) {
    if (prepared->pixels.empty()) {
      stages.finish(std::move(*prepared), {});
      // A long run of them is a batch as well.
      if (++passed == batch && !flush()) return;
      continue;
    }
    pixels.insert(pixels.end(), prepared->pixels.begin(), prepared->pixels.end());
    prepared->pixels = {};
    waiting.push_back(std::move(*prepared));
    if (waiting.size() == batch && !flush()) return;
  }
  flush();
}

}  // namespace cnclip
