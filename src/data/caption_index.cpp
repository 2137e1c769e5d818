#include "data/caption_index.h"

#include <algorithm>

namespace cnclip {
namespace {

// Equal hashes of unequal ids cost a look at one text, no more: the ids in it decide.
std::uint64_t hash_of(const std::string& id) {
  return std::hash<std::string>()(id);
}

class Joined : public Source<Sample> {
 public:
  Joined(std::unique_ptr<Source<Sample>> images, std::unique_ptr<TextReader> texts)
      : images_(std::move(images)), index_(std::move(texts)) {}

  std::optional<Sample> next() override {
    auto sample = images_->next();
    if (sample && sample->error.empty()) sample->captions = index_.captions_of(sample->id);
    return sample;
  }
  std::optional<std::size_t> count() const override { return images_->count(); }

 private:
  std::unique_ptr<Source<Sample>> images_;
  CaptionIndex index_;
};

}  // namespace

CaptionIndex::CaptionIndex(std::unique_ptr<TextReader> texts) : texts_(std::move(texts)) {
  while (const auto text = texts_->next()) {
    if (!text->error.empty()) continue;
    for (const Id& id : text->image_ids) entries_.push_back({hash_of(id.text), text->place});
  }
  std::sort(entries_.begin(), entries_.end());
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
}

std::vector<Caption> CaptionIndex::captions_of(const std::string& image_id) {
  std::vector<Caption> captions;
  const std::uint64_t hash = hash_of(image_id);
  auto entry = std::lower_bound(entries_.begin(), entries_.end(), Entry{hash, 0});
  for (; entry != entries_.end() && entry->hash == hash; ++entry) {
    Text text = texts_->at(entry->place);
    const bool named =
        std::any_of(text.image_ids.begin(), text.image_ids.end(), [&](const Id& id) { return id.text == image_id; });
    if (named) captions.push_back({std::move(text.id), std::move(text.text)});
  }
  return captions;
}

std::unique_ptr<Source<Sample>> join_captions(std::unique_ptr<Source<Sample>> images,
                                              std::unique_ptr<TextReader> texts) {
  return std::make_unique<Joined>(std::move(images), std::move(texts));
}

}  // namespace cnclip
