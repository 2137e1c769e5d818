#include <algorithm>
#include <limits>

#include "base/error.h"
#include "data/formats/shard_index.h"
#include "data/formats/tar_samples.h"
#include "data/formats/tar_writer.h"
#include "loader/pair_ids.h"
#include "loader/pair_stores.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// A sample of a shard: the image's file, and right behind it the JSON, whose place follows from it.
struct Place {
  std::uint32_t first_pair;  // of its captions, in the shard
  std::uint32_t image_block, image_bytes, json_bytes;

  std::uint64_t image_at() const { return std::uint64_t{image_block} * kTarBlock; }
  std::uint64_t json_at() const {
    const std::uint64_t blocks = (std::uint64_t{image_bytes} + kTarBlock - 1) / kTarBlock;
    return image_at() + (blocks + 1) * kTarBlock;  // its header between them
  }
};

struct Shard {
  fs::path path;
  std::size_t first_pair = 0, pairs = 0;
  std::vector<Place> samples;
};

Place place_of(const ShardEntry& entry, const std::string& where) {
  if (entry.size() != 2 || entry[1].extension != "json") throw_bad_input("{}: not an image and its JSON", where);
  const ShardMember &image = entry[0], &json = entry[1];
  if (image.bytes > kMaxImageBytes || json.bytes > kMaxTextBytes) {
    throw_bad_input("{}: {} and {} bytes are too many", where, image.bytes, json.bytes);
  }
  const std::uint64_t block = image.offset / kTarBlock;
  if (block > std::numeric_limits<std::uint32_t>::max()) throw_bad_input("{}: byte {}", where, image.offset);
  const Place place{0, static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(image.bytes),
                    static_cast<std::uint32_t>(json.bytes)};
  if (place.image_at() != image.offset || place.json_at() != json.offset) {
    throw_bad_input("{}: the JSON does not lie right behind the image", where);
  }
  return place;
}

// The captions of a sample, without its image.
Sample read_captions(const RandomFile& tar, const Place& place) {
  Sample sample;
  sample.where = fmt::format("{}: byte {}", tar.name(), place.image_at());
  const std::string problem = read_sample_json(tar.read(place.json_at(), place.json_bytes), sample);
  if (!problem.empty()) throw_bad_input("{}: {}", sample.where, problem);
  return sample;
}

// JSON that cannot be read counts as one caption: get() tells what is wrong with it.
std::size_t count_captions(const RandomFile& tar, const Place& place) {
  try {
    return read_captions(tar, place).captions.size();
  } catch (const Error&) {
    return 1;
  }
}

Shard open_shard(const fs::path& path) {
  Shard shard{path, 0, 0, {}};
  const RandomFile tar(path);
  const std::vector<ShardEntry> entries = read_shard_index(index_path(path));
  shard.samples.reserve(entries.size());
  for (const ShardEntry& entry : entries) {
    const std::string where = fmt::format("{}: line {}", index_path(path).string(), shard.samples.size() + 2);
    Place place = place_of(entry, where);
    if (place.json_at() + place.json_bytes > tar.size()) {
      throw_bad_input("{}: cut short: {} bytes, but {} names more", tar.name(), tar.size(), where);
    }
    place.first_pair = static_cast<std::uint32_t>(shard.pairs);
    shard.pairs += count_captions(tar, place);
    if (shard.pairs > std::numeric_limits<std::uint32_t>::max()) throw_bad_input("{}: too many captions", where);
    shard.samples.push_back(place);
  }
  return shard;
}

class ShardPairs : public PairStore {
 public:
  ShardPairs(const fs::path& folder, const Manifest& manifest) {
    for (const ManifestFile& file : manifest.files) {
      if (!is_tar_name(file.name)) continue;
      Shard shard = open_shard(folder / file.name);
      if (shard.pairs == 0) continue;
      shard.first_pair = size_;
      size_ += shard.pairs;
      shards_.push_back(std::move(shard));
    }
  }

  std::size_t size() const override { return size_; }
  Pair get(std::size_t index, PairParts parts) const override {
    const Shard& shard = *std::prev(std::ranges::upper_bound(shards_, index, {}, &Shard::first_pair));
    const std::size_t in_shard = index - shard.first_pair;
    // Samples without captions share their first pair with the next: the last of them has it.
    const Place& place = *std::prev(std::ranges::upper_bound(shard.samples, in_shard, {}, &Place::first_pair));
    const RandomFile tar(shard.path);  // opened anew: there may be more shards than files may be open
    Sample sample = read_captions(tar, place);
    const std::size_t caption = in_shard - place.first_pair;
    if (caption >= sample.captions.size()) throw_bad_input("{}: has changed since it was opened", sample.where);
    std::string& text = sample.captions[caption].text;
    Pair pair{pair_id(sample.id), pair_id(text), {}, std::move(text), std::move(sample.where)};
    if (parts == PairParts::all) pair.image = tar.read(place.image_at(), place.image_bytes);
    return pair;
  }
  std::vector<std::size_t> shard_sizes() const override {
    std::vector<std::size_t> sizes;
    for (const Shard& shard : shards_) sizes.push_back(shard.pairs);
    return sizes;
  }

 private:
  std::vector<Shard> shards_;
  std::size_t size_ = 0;
};

}  // namespace

std::shared_ptr<const PairStore> open_shard_pairs(const fs::path& folder, const Manifest& manifest) {
  return std::make_shared<ShardPairs>(folder, manifest);
}

}  // namespace cnclip
