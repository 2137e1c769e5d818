#include "base/error.h"
#include "data/datasets.h"
#include "data/formats/manifest.h"
#include "data/formats/official.h"
#include "data/formats/shard_index.h"
#include "data/formats/tar_samples.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Captions without an id get a running number, which is the same however often the shards are read.
class Numbered : public Source<Sample> {
 public:
  explicit Numbered(std::unique_ptr<Source<Sample>> samples) : samples_(std::move(samples)) {}

  std::optional<Sample> next() override {
    auto sample = samples_->next();
    if (!sample) return {};
    for (Caption& caption : sample->captions) {
      if (caption.id.text.empty()) caption.id = {std::to_string(next_id_++), true};
    }
    return sample;
  }

 private:
  std::unique_ptr<Source<Sample>> samples_;
  std::int64_t next_id_ = 0;
};

// Captions as they lie beside their images. Broken samples are the images' faults, not the texts'.
class CaptionsOf : public Source<Text> {
 public:
  explicit CaptionsOf(std::unique_ptr<Source<Sample>> samples) : samples_(std::move(samples)) {}

  std::optional<Text> next() override {
    while (at_ == sample_.captions.size()) {
      auto sample = samples_->next();
      if (!sample) return {};
      sample_ = std::move(*sample);
      at_ = 0;
      if (!sample_.error.empty()) sample_.captions.clear();
    }
    Caption& caption = sample_.captions[at_++];
    Text text;
    text.id = std::move(caption.id);
    text.text = std::move(caption.text);
    text.image_ids = {id_from_text(sample_.id)};
    text.where = sample_.where;
    return text;
  }

 private:
  std::unique_ptr<Source<Sample>> samples_;
  Sample sample_;
  std::size_t at_ = 0;
};

class TarDataset : public Dataset {
 public:
  explicit TarDataset(std::vector<fs::path> shards) : shards_(std::move(shards)) {}

  std::unique_ptr<Source<Sample>> images() const override { return samples(); }
  std::unique_ptr<Source<Sample>> samples() const override {
    return std::make_unique<Numbered>(open_tar_samples(shards_));
  }
  std::unique_ptr<Source<Text>> texts() const override {
    return std::make_unique<CaptionsOf>(std::make_unique<Numbered>(open_tar_samples(shards_, false)));
  }
  std::vector<fs::path> files() const override { return shards_; }
  std::string kind() const override { return "tar shards"; }

 private:
  std::vector<fs::path> shards_;
};

class ShardDataset : public Dataset {
 public:
  explicit ShardDataset(const fs::path& folder) : folder_(folder), manifest_(read_manifest(folder / "manifest.json")) {
    for (const ManifestFile& file : manifest_.files) {
      if (is_tar_name(file.name)) shards_.push_back(folder / file.name);
    }
  }

  std::unique_ptr<Source<Sample>> images() const override { return samples(); }
  std::unique_ptr<Source<Sample>> samples() const override { return open_tar_samples(shards_); }
  std::unique_ptr<Source<Text>> texts() const override {
    return open_text_jsonl(folder_ / "texts.jsonl", TextFields::captions);
  }
  std::vector<fs::path> files() const override {
    auto files = shards_;
    files.push_back(folder_ / "texts.jsonl");
    return files;
  }
  std::string kind() const override { return "cnclip shards"; }
  void check(const FaultSink& fault) const override {
    check_files(manifest_, folder_, fault);
    for (const fs::path& shard : shards_) check_shard_index(shard, fault);
  }

 private:
  fs::path folder_;
  Manifest manifest_;
  std::vector<fs::path> shards_;
};

}  // namespace

std::unique_ptr<Dataset> open_shard_dataset(const fs::path& folder) {
  return std::make_unique<ShardDataset>(folder);
}

std::unique_ptr<Dataset> open_tar_dataset(std::vector<fs::path> shards) {
  return std::make_unique<TarDataset>(std::move(shards));
}

}  // namespace cnclip
