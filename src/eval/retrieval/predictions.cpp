#include "eval/retrieval/predictions.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"

namespace cnclip {
namespace {

using Names = std::unordered_set<std::string_view>;

Names candidates_in(const IdLists& predictions, const IdLists& truth) {
  Names names;
  for (const IdLists* lists : {&predictions, &truth}) {
    for (const IdList& list : lists->lists) {
      for (const Id& id : list.ids) names.insert(id.text);
    }
  }
  return names;
}

struct Kinds {
  bool integer_queries = true, integer_ids = true;
};

Kinds kinds_of(const IdLists& truth) {
  Kinds kinds;
  for (const IdList& list : truth.lists) {
    kinds.integer_queries = kinds.integer_queries && list.query.number;
    for (const Id& id : list.ids) kinds.integer_ids = kinds.integer_ids && id.number;
  }
  return kinds;
}

void check_list(const IdLists& predictions, const IdList& list, const Kinds& kinds, std::size_t wanted) {
  const auto refuse = [&](const std::string& why) { throw_bad_input("{}: {}", predictions.place(list), why); };
  if (kinds.integer_queries && !list.query.number) refuse("its id is a string, the ground truth has integers");
  if (list.ids.size() != wanted)
    refuse(fmt::format("{} {}s are predicted, {} are needed", list.ids.size(), predictions.answer_word(), wanted));
  Names seen;
  for (std::size_t rank = 1; const Id& id : list.ids) {
    if (kinds.integer_ids && !id.number)
      refuse(fmt::format("{} \"{}\" at rank {} is a string, the ground truth has integers", predictions.answer_word(),
                         id.text, rank));
    if (!seen.insert(id.text).second)
      refuse(fmt::format("{} {} at rank {} is there already", predictions.answer_word(), id.text, rank));
    ++rank;
  }
}

std::int32_t first_hit(const IdList& predicted, const IdList& right) {
  const auto same = [](const Id& a, const Id& b) { return a.text == b.text; };
  const auto first =
      std::find_first_of(predicted.ids.begin(), predicted.ids.end(), right.ids.begin(), right.ids.end(), same);
  return first == predicted.ids.end() ? 0 : static_cast<std::int32_t>(first - predicted.ids.begin()) + 1;
}

}  // namespace

Direction evaluate_predictions(const IdLists& predictions, const IdLists& truth) {
  Direction direction;
  direction.truth = truth.kind == predictions.kind ? truth : inverted(truth);
  const Names candidates = candidates_in(predictions, direction.truth);
  direction.candidates = static_cast<std::int64_t>(candidates.size());
  const std::size_t wanted = std::min(candidates.size(), static_cast<std::size_t>(kRetrievalDepth));
  const Kinds kinds = kinds_of(direction.truth);
  std::unordered_map<std::string_view, const IdList*> by_query;
  for (const IdList& list : predictions.lists) {
    check_list(predictions, list, kinds, wanted);
    by_query.emplace(list.query.text, &list);
  }
  for (const IdList& right : direction.truth.lists) {
    const auto found = by_query.find(right.query.text);
    if (found == by_query.end())
      throw_bad_input("{}: no predictions in {}", direction.truth.place(right), predictions.name);
    direction.first_hit.push_back(first_hit(*found->second, right));
    if (right.ids.empty()) ++direction.without_answers;
  }
  if (direction.without_answers == static_cast<std::int64_t>(direction.truth.lists.size()))
    throw_bad_input("{}: no {} has an {}: nothing says what is right", truth.name, truth.query_word(),
                    truth.answer_word());
  direction.recall = recall_scores(direction.first_hit);
  return direction;
}

}  // namespace cnclip
