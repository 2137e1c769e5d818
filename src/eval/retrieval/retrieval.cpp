#include "eval/retrieval/retrieval.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace cnclip {
namespace {

using Places = std::unordered_map<std::string_view, std::int32_t>;

Places places_of(const FeatureSet& features) {
  Places places;
  places.reserve(features.ids.size());
  for (const std::string& id : features.ids) {
    if (!places.emplace(id, static_cast<std::int32_t>(places.size())).second)
      throw_bad_input("{}: id {} stands twice", features.name, id);
  }
  return places;
}

// The truth by rows of features.
struct Rows {
  std::vector<std::int32_t> queries;
  std::vector<std::vector<std::int32_t>> answers;
};

Rows rows_of(const IdLists& truth, const Places& queries, const Places& candidates) {
  Rows rows;
  for (const IdList& list : truth.lists) {
    const auto find = [&](const Places& places, const Id& id, std::string_view word) {
      const auto found = places.find(id.text);
      if (found == places.end()) throw_bad_input("{}: {} {} has no features", truth.place(list), word, id.text);
      return found->second;
    };
    rows.queries.push_back(find(queries, list.query, truth.query_word()));
    auto& answers = rows.answers.emplace_back();
    for (const Id& id : list.ids) answers.push_back(find(candidates, id, truth.answer_word()));
  }
  return rows;
}

Direction judged(IdLists truth, const Rows& rows, TopK top, std::int64_t candidates) {
  Direction direction;
  for (std::size_t i = 0; i < rows.queries.size(); ++i) {
    const auto ranked = top.row(rows.queries[i]);
    const auto& answers = rows.answers[i];
    const auto first = std::find_first_of(ranked.begin(), ranked.end(), answers.begin(), answers.end());
    direction.first_hit.push_back(first == ranked.end() ? 0 : static_cast<std::int32_t>(first - ranked.begin()) + 1);
    if (answers.empty()) ++direction.without_answers;
  }
  direction.recall = recall_scores(direction.first_hit);
  direction.candidates = candidates;
  direction.truth = std::move(truth);
  direction.top = std::move(top);
  return direction;
}

}  // namespace

RetrievalResult evaluate_retrieval(const FeatureSet& images, const FeatureSet& texts, const IdLists& truth,
                                   const RetrievalSettings& settings) {
  RetrievalResult result;
  result.image_lengths = check_features(images);
  result.text_lengths = check_features(texts);
  if (images.width() != texts.width()) {
    throw_bad_input("{}: {} values a row, but {} has {}: features of one model are needed", images.name, images.width(),
                    texts.name, texts.width());
  }
  IdLists other = inverted(truth);
  if (other.lists.empty()) {
    throw_bad_input("{}: no {} has an {}: nothing says what is right", truth.name, truth.query_word(),
                    truth.answer_word());
  }
  const bool by_text = truth.kind == RetrievalKind::text_to_image;
  IdLists of_texts = truth, of_images = std::move(other);
  if (!by_text) std::swap(of_texts, of_images);
  const Places image_places = places_of(images), text_places = places_of(texts);
  const Rows text_rows = rows_of(of_texts, text_places, image_places);
  const Rows image_rows = rows_of(of_images, image_places, text_places);
  TopKBothWays top = top_k(texts.rows, images.rows, {kRetrievalDepth, settings.threads, settings.progress});
  result.text_to_image = judged(std::move(of_texts), text_rows, std::move(top.of_rows), images.count());
  result.image_to_text = judged(std::move(of_images), image_rows, std::move(top.of_columns), texts.count());
  result.images = images.ids;
  result.texts = texts.ids;
  return result;
}

IdLists predictions_of(const RetrievalResult& result, RetrievalKind kind) {
  const bool by_text = kind == RetrievalKind::text_to_image;
  const auto& queries = by_text ? result.texts : result.images;
  const auto& candidates = by_text ? result.images : result.texts;
  const TopK& top = by_text ? result.text_to_image.top : result.image_to_text.top;
  IdLists predictions;
  predictions.kind = kind;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    IdList list{id_from_text(queries[i]), {}, 0};
    for (const std::int32_t place : top.row(static_cast<std::int64_t>(i)))
      list.ids.push_back(id_from_text(candidates[static_cast<std::size_t>(place)]));
    predictions.lists.push_back(std::move(list));
  }
  return predictions;
}

}  // namespace cnclip
