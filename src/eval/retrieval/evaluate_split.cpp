#include "eval/retrieval/evaluate_split.h"

#include <unordered_map>
#include <unordered_set>

#include "base/error.h"

namespace cnclip {
namespace {

// Each caption once, its images gathered on the way.
class TextsOnce : public Source<Text> {
 public:
  explicit TextsOnce(std::unique_ptr<Source<Text>> texts) : texts_(std::move(texts)) {}

  std::optional<Text> next() override {
    while (auto text = texts_->next()) {
      if (!text->error.empty() || is_new(*text)) return text;
    }
    return {};
  }
  std::vector<IdList> take() { return std::move(lists_); }

 private:
  bool is_new(const Text& text) {
    const Known known{std::hash<std::string>()(text.text), lists_.size()};
    const auto [at, added] = known_.emplace(text.id.text, known);
    if (added) {
      lists_.push_back({text.id, text.image_ids, 0});
      return true;
    }
    if (at->second.hash != known.hash)
      throw_bad_input("{}: text_id {} stands for another text already", text.where, text.id.text);
    auto& ids = lists_[at->second.list].ids;
    ids.insert(ids.end(), text.image_ids.begin(), text.image_ids.end());
    return false;
  }

  struct Known {
    std::size_t hash, list;
  };
  std::unique_ptr<Source<Text>> texts_;
  std::vector<IdList> lists_;
  std::unordered_map<std::string, Known> known_;
};

std::unordered_set<std::string> names_of(const std::vector<FeatureCollector::Fault>& faults) {
  std::unordered_set<std::string> names;
  for (const auto& fault : faults) names.insert(fault.id);
  return names;
}

// Takes what was left out from the truth. A caption all of whose pictures are gone goes too; one that never had any
// stays, and is a miss. Returns how many went because of their pictures.
std::size_t leave_out(const FeatureCollector& images, const FeatureCollector& texts, std::vector<IdList>& lists) {
  const auto gone_texts = names_of(texts.faults()), gone_images = names_of(images.faults());
  std::erase_if(lists, [&](const IdList& list) { return gone_texts.contains(list.query.text); });
  return std::erase_if(lists, [&](IdList& list) {
    return std::erase_if(list.ids, [&](const Id& id) { return gone_images.contains(id.text); }) > 0 && list.ids.empty();
  });
}

}  // namespace

EncodedSplit encode_split(Encoder& encoder, const Dataset& dataset, const SplitSettings& settings) {
  EncodeSettings encode = settings.encode;
  encode.variant = TextVariant::training;
  FeatureCollector texts(encoder.embed_dim(), settings.skip_broken), images(encoder.embed_dim(), settings.skip_broken);
  TextsOnce text_source(dataset.texts());
  encode_text_source(encoder, text_source, texts, encode);
  encode_image_source(encoder, *dataset.images(), images, encode);

  EncodedSplit split;
  split.truth = {settings.name, RetrievalKind::text_to_image, text_source.take()};
  split.images_left_out = static_cast<std::int64_t>(images.faults().size());
  split.texts_left_out = static_cast<std::int64_t>(texts.faults().size()) + leave_out(images, texts, split.truth.lists);
  split.images = images.take("pictures of " + settings.name);
  split.texts = texts.take("captions of " + settings.name);
  return split;
}

RetrievalResult evaluate_retrieval(const EncodedSplit& split, const RetrievalSettings& settings) {
  RetrievalResult result = evaluate_retrieval(split.images, split.texts, split.truth, settings);
  result.images_left_out = split.images_left_out;
  result.texts_left_out = split.texts_left_out;
  return result;
}

}  // namespace cnclip
