#include "base/error.h"
#include "data/dataset_writers.h"
#include "data/formats/official.h"
#include "data/formats/tar_writer.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class ShardSetWriter : public DatasetWriter {
 public:
  ShardSetWriter(const fs::path& folder, std::string split, std::size_t shard_size, ConversionJournal& journal)
      : folder_(folder),
        split_(std::move(split)),
        shard_size_(shard_size),
        journal_(journal),
        done_(journal.finished()) {
    for (const FinishedShard& shard : done_) samples_ += shard.tar.samples;
  }

  std::uint64_t inputs_done() const override { return done_.empty() ? 0 : done_.back().inputs; }
  std::vector<std::pair<std::uint64_t, std::string>> inputs_failed() const override {
    std::vector<std::pair<std::uint64_t, std::string>> all;
    for (const FinishedShard& shard : done_) all.insert(all.end(), shard.failed.begin(), shard.failed.end());
    return all;
  }

  void add(std::uint64_t input, const Sample& sample) override {
    // Closed by the sample after its last, so that what failed between the two is its own.
    if (shard_ && shard_->samples() == shard_size_) close(input);
    if (!shard_) shard_ = std::make_unique<ShardWriter>(folder_ / fmt::format("{}-{:06}.tar", split_, done_.size()));
    shard_->add(samples_++, sample);
    inputs_ = input + 1;
  }
  void fail(std::uint64_t input, const std::string& why) override { failed_.emplace_back(input, why); }

  void add(const Text& text) override {
    if (shard_) close(inputs_);
    if (!texts_) texts_ = std::make_unique<AtomicFile>(folder_ / "texts.jsonl");
    texts_->write(text_line(text));
  }

  std::vector<ManifestFile> finish() override {
    if (shard_) close(inputs_);
    if (!texts_) texts_ = std::make_unique<AtomicFile>(folder_ / "texts.jsonl");
    texts_->commit();
    std::vector<ManifestFile> files;
    for (const FinishedShard& shard : done_) {
      files.push_back(shard.tar);
      files.push_back(shard.index);
    }
    files.push_back(describe_file(folder_, "texts.jsonl"));
    return files;
  }

 private:
  void close(std::uint64_t inputs) {
    auto [tar, index] = shard_->commit();
    shard_.reset();
    done_.push_back({std::move(tar), std::move(index), inputs, std::move(failed_)});
    failed_.clear();
    journal_.add(done_.back());
  }

  fs::path folder_;
  std::string split_;
  std::size_t shard_size_;
  ConversionJournal& journal_;
  std::vector<FinishedShard> done_;
  std::vector<std::pair<std::uint64_t, std::string>> failed_;
  std::unique_ptr<ShardWriter> shard_;
  std::unique_ptr<AtomicFile> texts_;
  std::uint64_t samples_ = 0, inputs_ = 0;
};

}  // namespace

std::unique_ptr<DatasetWriter> make_shard_writer(const fs::path& folder, const std::string& split,
                                                 std::size_t shard_size, ConversionJournal& journal) {
  return std::make_unique<ShardSetWriter>(folder, split, shard_size, journal);
}

}  // namespace cnclip
