#include "eval/retrieval/evaluate_split.h"

#include <unordered_map>
#include <unordered_set>

#include "base/error.h"

namespace cnclip {
namespace {

// Features of what could be read; the first fault ends it all, unless faults are to be passed over.
class SplitSink : public FeatureCollector {
 public:
  SplitSink(std::int64_t width, bool skip_broken) : FeatureCollector(width), skip_broken_(skip_broken) {}
  void add_error(const std::string& id, const std::string& error) override {
    if (!skip_broken_) throw_bad_input("{}", error);
    FeatureCollector::add_error(id, error);
  }

 private:
  bool skip_broken_;
};

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

RetrievalResult evaluate_retrieval(Encoder& encoder, const Dataset& dataset, const SplitSettings& settings) {
  EncodeSettings encode = settings.encode;
  encode.variant = TextVariant::training;
  SplitSink texts(encoder.embed_dim(), settings.skip_broken), images(encoder.embed_dim(), settings.skip_broken);
  TextsOnce text_source(dataset.texts());
  encode_text_source(encoder, text_source, texts, encode);
  encode_image_source(encoder, *dataset.images(), images, encode);

  IdLists truth{settings.name, RetrievalKind::text_to_image, text_source.take()};
  const std::size_t orphans = leave_out(images, texts, truth.lists);
  const std::size_t broken_images = images.faults().size(), broken_texts = texts.faults().size();
  RetrievalResult result = evaluate_retrieval(images.take("pictures of " + settings.name),
                                              texts.take("captions of " + settings.name), truth, settings.retrieval);
  result.images_left_out = static_cast<std::int64_t>(broken_images);
  result.texts_left_out = static_cast<std::int64_t>(broken_texts + orphans);
  return result;
}

}  // namespace cnclip
