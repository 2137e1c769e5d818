#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "data/dataset_writers.h"
#include "data/formats/official.h"
#include "data/formats/official_lmdb.h"
#include "data/formats/pickled_pair.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class LmdbSplitWriter : public DatasetWriter {
 public:
  explicit LmdbSplitWriter(const fs::path& folder) : folder_(folder) {
    for (const char* half : {"imgs", "pairs"}) fs::remove_all(folder / half);  // of a run that was killed
    images_ = std::make_unique<LmdbWriter>(folder / "imgs");
    pairs_ = std::make_unique<LmdbWriter>(folder / "pairs");
  }

  void add(std::uint64_t, const Sample& sample) override {
    if (sample.id.empty() || sample.id.size() > kMaxLmdbKey || sample.id == "num_images") {
      throw_usage("{}: image id of {} bytes: LMDB takes 1 to {}, and not num_images", sample.where, sample.id.size(),
                  kMaxLmdbKey);
    }
    images_->put(sample.id, sample.base64.empty() ? encode_base64(sample.bytes) : sample.base64);
    ++image_count_;
  }
  void add(const Text& text) override {
    for (const Id& image : text.image_ids) {
      pairs_->put(std::to_string(pair_count_++), pickled_pair({image, text.id, text.text}));
    }
  }
  std::vector<ManifestFile> finish() override {
    pairs_->put("num_samples", std::to_string(pair_count_));
    images_->put("num_images", std::to_string(image_count_));
    pairs_->commit();
    images_->commit();
    return {describe_file(folder_, "imgs/data.mdb"), describe_file(folder_, "pairs/data.mdb")};
  }

 private:
  fs::path folder_;
  std::unique_ptr<LmdbWriter> images_, pairs_;
  std::uint64_t image_count_ = 0, pair_count_ = 0;
};

class TsvWriter : public DatasetWriter {
 public:
  TsvWriter(const fs::path& folder, const std::string& split)
      : folder_(folder),
        image_name_(split + "_imgs.tsv"),
        text_name_(split + "_texts.jsonl"),
        images_(folder / image_name_),
        texts_(folder / text_name_) {}

  void add(std::uint64_t, const Sample& sample) override {
    if (sample.id.empty() || sample.id.find_first_of("\t\n\r") != std::string::npos) {
      throw_usage("{}: the image id \"{}\" is empty or holds a tab or a line end", sample.where, sample.id);
    }
    images_.write(image_line(sample));
  }
  void add(const Text& text) override { texts_.write(text_line(text)); }
  std::vector<ManifestFile> finish() override {
    texts_.commit();
    images_.commit();
    return {describe_file(folder_, image_name_), describe_file(folder_, text_name_)};
  }

 private:
  fs::path folder_;
  std::string image_name_, text_name_;
  AtomicFile images_, texts_;
};

}  // namespace

std::unique_ptr<DatasetWriter> make_lmdb_writer(const fs::path& folder) {
  return std::make_unique<LmdbSplitWriter>(folder);
}

std::unique_ptr<DatasetWriter> make_tsv_writer(const fs::path& folder, const std::string& split) {
  return std::make_unique<TsvWriter>(folder, split);
}

}  // namespace cnclip
