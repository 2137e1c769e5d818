#include "clean/shards.h"

#include "base/error.h"
#include "data/convert.h"
#include "data/datasets.h"
#include "data/formats/official.h"

namespace cnclip::clean {
namespace {

class KeptImages : public Source<Sample> {
 public:
  KeptImages(const Dataset& dataset, const std::vector<bool>& kept)
      : dataset_(dataset), images_(dataset.images()), kept_(kept) {}

  std::optional<Sample> next() override {
    while (auto image = images_->next()) {
      if (at_ == kept_.size()) throw_bad_input("{}: grew longer while it was read", dataset_.files()[0].string());
      if (kept_[at_++]) return image;
    }
    if (at_ != kept_.size()) throw_bad_input("{}: grew shorter while it was read", dataset_.files()[0].string());
    return {};
  }

 private:
  const Dataset& dataset_;
  std::unique_ptr<Source<Sample>> images_;
  const std::vector<bool>& kept_;
  std::size_t at_ = 0;
};

class KeptDataset : public SplitDataset {
 public:
  KeptDataset(const Dataset& dataset, const std::vector<bool>& kept, const std::filesystem::path& texts)
      : dataset_(dataset), kept_(kept), texts_(texts) {}

  std::unique_ptr<Source<Sample>> images() const override { return std::make_unique<KeptImages>(dataset_, kept_); }
  std::unique_ptr<TextReader> text_reader() const override { return open_text_jsonl(texts_, TextFields::captions); }
  // Not the texts: they are written anew by every run, and a conversion only goes on with files that did not change.
  std::vector<std::filesystem::path> files() const override { return dataset_.files(); }
  std::string kind() const override { return dataset_.kind(); }

 private:
  const Dataset& dataset_;
  const std::vector<bool>& kept_;
  std::filesystem::path texts_;
};

}  // namespace

void write_shards(const Dataset& dataset, const std::vector<bool>& kept, const std::filesystem::path& texts,
                  const std::string& split, const std::filesystem::path& folder) {
  ConvertSettings settings;
  settings.split = split;
  convert_dataset(KeptDataset(dataset, kept, texts), folder, settings);
}

}  // namespace cnclip::clean
