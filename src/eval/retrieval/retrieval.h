// Retrieval by the official protocol: every text ranks all images, and every image all texts.
#pragma once

#include <functional>

#include "eval/retrieval/id_lists.h"
#include "eval/retrieval/recall.h"
#include "vectors/feature_set.h"
#include "vectors/top_k.h"

namespace cnclip {

// As many as the official figures look at.
inline constexpr std::int64_t kRetrievalDepth = 10;

struct Direction {
  IdLists truth;                        // the queries that count, with their right answers
  std::vector<std::int32_t> first_hit;  // of each of them: rank of the first right answer, from 1; 0: not in the top
  std::int64_t without_answers = 0;     // queries without a right answer: each is a miss
  std::int64_t candidates = 0;          // what is ranked
  RecallScores recall;
  TopK top;  // of every row of the features, those that are no query among them; empty for predictions from a file
};

struct RetrievalResult {
  std::vector<std::string> images, texts;  // ids, in the order of the rows and places of `top`
  LengthRange image_lengths, text_lengths;
  Direction text_to_image, image_to_text;
  std::int64_t images_left_out = 0, texts_left_out = 0;  // broken ones; the figures are of the others
};

struct RetrievalSettings {
  int threads = 0;  // 0: all cores
  std::function<void(std::size_t done, std::size_t of)> progress;
};

// `truth` in either direction. Scores are dot products of the features as they are: of other than unit length, they
// are no cosines, in the official scripts neither. Texts without images count as misses; images without texts are no
// queries, but candidates. Throws bad_input for features that cannot be compared, ids of the truth that have no
// features, and a truth that pairs nothing.
RetrievalResult evaluate_retrieval(FeatureSet images, FeatureSet texts, const IdLists& truth,
                                   const RetrievalSettings& settings);

// The official top-k predictions: of each text, or image, in the order of the features.
IdLists predictions_of(const RetrievalResult& result, RetrievalKind kind);

}  // namespace cnclip
