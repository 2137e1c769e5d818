#include "data/datasets.h"
#include "data/formats/manifest.h"
#include "data/formats/official.h"
#include "data/formats/official_lmdb.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class OfficialDataset : public SplitDataset {
 public:
  OfficialDataset(const fs::path& folder, const std::string& split)
      : folder_(folder),
        images_(folder / (split + "_imgs.tsv")),
        texts_(folder / (split + "_texts.jsonl")),
        manifest_(folder / (split + "_manifest.json")) {}

  std::unique_ptr<Source<Sample>> images() const override { return open_image_tsv(images_); }
  std::unique_ptr<TextReader> text_reader() const override { return open_text_jsonl(texts_, TextFields::captions); }
  std::vector<fs::path> files() const override { return {images_, texts_}; }
  std::string kind() const override { return "official TSV and JSONL"; }
  void check(const FaultSink& fault) const override {
    if (fs::exists(manifest_)) check_files(read_manifest(manifest_), folder_, fault);
  }

 private:
  fs::path folder_, images_, texts_, manifest_;
};

class LmdbDataset : public SplitDataset {
 public:
  explicit LmdbDataset(const fs::path& folder) : folder_(folder) {}

  std::unique_ptr<Source<Sample>> images() const override { return open_image_lmdb(folder_ / "imgs"); }
  std::unique_ptr<TextReader> text_reader() const override { return open_pair_lmdb(folder_ / "pairs"); }
  std::vector<fs::path> files() const override {
    return {folder_ / "imgs" / "data.mdb", folder_ / "pairs" / "data.mdb"};
  }
  std::string kind() const override { return "official LMDB"; }
  void check(const FaultSink& fault) const override {
    check_official_lmdb(folder_, fault);
    if (const fs::path manifest = folder_ / "manifest.json"; fs::exists(manifest)) {
      check_files(read_manifest(manifest), folder_, fault);
    }
  }

 private:
  fs::path folder_;
};

}  // namespace

std::unique_ptr<Dataset> open_official_dataset(const fs::path& folder, const std::string& split) {
  return std::make_unique<OfficialDataset>(folder, split);
}

std::unique_ptr<Dataset> open_lmdb_dataset(const fs::path& folder) {
  return std::make_unique<LmdbDataset>(folder);
}

}  // namespace cnclip
