// Pairs of image and text by number, for training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cnclip {

struct Pair {
  std::int64_t image_id = 0, text_id = 0;  // equal where pairs share the image or the text
  std::string image;                       // the bytes of an image file
  std::string text;                        // UTF-8
  std::string where = {};                  // file and place, for messages
};

enum class PairParts {
  all,
  text,  // the image's bytes are not read: Pair::image is empty, and may not even be there
};

class PairStore {
 public:
  virtual ~PairStore() = default;
  virtual std::size_t size() const = 0;
  // Pair `index` < size(). Any number of threads may call it at once. Throws bad_input, naming file and place, for a
  // pair that is damaged; whether its image can be decoded need not be looked at.
  virtual Pair get(std::size_t index, PairParts parts) const = 0;
  Pair get(std::size_t index) const { return get(index, PairParts::all); }
  // The pairs lie in shards one after another: how many in each. Those of one shard are best read close in time.
  virtual std::vector<std::size_t> shard_sizes() const { return {size()}; }
};

}  // namespace cnclip
