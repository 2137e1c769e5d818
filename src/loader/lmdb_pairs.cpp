#include "base/error.h"
#include "data/formats/official_lmdb.h"
#include "loader/pair_ids.h"
#include "loader/pair_stores.h"

namespace cnclip {
namespace {

class LmdbPairs : public PairStore {
 public:
  explicit LmdbPairs(const std::filesystem::path& folder)
      : images_(folder / "imgs"), pairs_(folder / "pairs"), size_(count_lmdb_pairs(pairs_)) {
    // Finding one key walks from the root to a leaf: a file that lost its end usually lost one of those.
    images_.find("num_images");
  }

  std::size_t size() const override { return size_; }
  Pair get(std::size_t index, PairParts parts) const override {
    PickledPair pair = read_lmdb_pair(pairs_, index);
    try {
      std::string image = parts == PairParts::all ? read_lmdb_image(images_, pair.image_id.text) : "";
      return {pair_id(pair.image_id.text), pair_id(pair.text), std::move(image), std::move(pair.text),
              fmt::format("{}: image {}", images_.name(), pair.image_id.text)};
    } catch (const Error& error) {
      throw_bad_input("{}: pair {}: {}", pairs_.name(), index, error.what());
    }
  }

 private:
  LmdbFile images_, pairs_;
  std::size_t size_;
};

}  // namespace

std::shared_ptr<const PairStore> open_lmdb_pairs(const std::filesystem::path& folder) {
  return std::make_shared<LmdbPairs>(folder);
}

}  // namespace cnclip
