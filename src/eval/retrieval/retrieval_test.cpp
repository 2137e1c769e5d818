#include "eval/retrieval/retrieval.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "eval/retrieval/predictions.h"

namespace cnclip {
namespace {

IdLists lists_in(const std::string& text) {
  const TestFolder folder;
  write_file(folder / "truth.jsonl", text);
  return read_id_lists(folder / "truth.jsonl");
}

FeatureSet features(std::vector<std::string> ids, std::int64_t width, const std::vector<float>& values) {
  const Shape shape = {static_cast<std::int64_t>(ids.size()), width};
  return {std::move(ids), Tensor::from_floats(shape, values), "f.npy"};
}

std::string line(int query, const std::string& answers) {
  return "{\"text_id\": " + std::to_string(query) + ", \"image_ids\": [" + answers + "]}\n";
}

TEST(Recall, CountsHits) {
  const std::vector<std::int32_t> hits = {1, 0, 5, 10, 6, 0};
  const RecallScores scores = recall_scores(hits);
  EXPECT_EQ(scores.r1, 1 / 6.0 * 100);
  EXPECT_EQ(scores.r5, 2 / 6.0 * 100);
  EXPECT_EQ(scores.r10, 4 / 6.0 * 100);
  EXPECT_EQ(scores.mean, (1 / 6.0 + 2 / 6.0 + 4 / 6.0) / 3 * 100);
  expect_bad_input([] { recall_scores({}); }, "no queries");
}

TEST(IdLists, ReadWrittenAndTurned) {
  const IdLists lists =
      lists_in(line(3, "9, 8") + "{\"text\": \"x\", \"image_ids\": [\"图\", 9], \"text_id\": \"b\"}\n" + line(4, ""));
  EXPECT_EQ(lists.kind, RetrievalKind::text_to_image);
  ASSERT_EQ(lists.lists.size(), 3u);
  EXPECT_EQ(lists.lists[1].query, (Id{"b", false}));
  const IdLists turned = inverted(lists);
  EXPECT_EQ(turned.kind, RetrievalKind::image_to_text);
  const TestFolder folder;
  write_id_lists(folder / "tr.jsonl", turned);
  EXPECT_EQ(read_file(folder / "tr.jsonl"),
            "{\"image_id\": 9, \"text_ids\": [3, \"b\"]}\n{\"image_id\": 8, \"text_ids\": [3]}\n"
            "{\"image_id\": \"\\u56fe\", \"text_ids\": [\"b\"]}\n");
  EXPECT_EQ(read_id_lists(folder / "tr.jsonl").kind, RetrievalKind::image_to_text);
}

TEST(IdLists, Refuses) {
  expect_bad_input([] { lists_in(""); }, "truth.jsonl: no lines");
  expect_bad_input([] { lists_in(line(1, "2") + "{\"text_id\": 3}\n"); }, "line 2: neither \"text_id\"");
  expect_bad_input([] { lists_in(line(1, "2") + line(1, "3")); }, "line 2: text 1 stands on line 1 already");
  expect_bad_input([] { lists_in(line(1, "2") + "{\"image_id\": 1, \"text_ids\": []}\n"); },
                   "line 2: is about another");
  expect_bad_input([] { lists_in(line(1, "2, 2.5")); }, "line 1: \"image_ids\": entry 2 is neither");
  expect_bad_input([] { lists_in("{\"text_id\": 1, \"image_ids\": 2}"); }, "\"image_ids\" is not a list");
  expect_bad_input([] { lists_in("nothing"); }, "line 1: not a JSON object");
}

// Three texts, four pictures; picture d has no text, text 3 no picture.
TEST(Retrieval, BothDirections) {
  const FeatureSet images = features({"11", "12", "13", "14"}, 2, {1, 0, 0, 1, 1, 1, 2, 2});
  const FeatureSet texts = features({"1", "2", "3"}, 2, {1, 0, 0, 1, 1, 1});
  const RetrievalResult result =
      evaluate_retrieval(images, texts, lists_in(line(1, "11, 13") + line(2, "12") + line(3, "")), {});
  const Direction& by_text = result.text_to_image;
  EXPECT_EQ(by_text.first_hit,
            (std::vector<std::int32_t>{2, 2, 0}));  // 14 is the longest, then the first of equal ones
  EXPECT_EQ(by_text.without_answers, 1);
  EXPECT_EQ(by_text.candidates, 4);
  EXPECT_EQ(by_text.recall.r1, 0);
  EXPECT_EQ(by_text.recall.r5, 2 / 3.0 * 100);
  EXPECT_EQ(result.image_to_text.first_hit, (std::vector<std::int32_t>{1, 2, 1}));  // of 11, 13, 12
  const IdLists predictions = predictions_of(result, RetrievalKind::image_to_text);
  ASSERT_EQ(predictions.lists.size(), 4u);
  EXPECT_EQ(predictions.lists[3].query, (Id{"14", true}));
  EXPECT_EQ(predictions.lists[3].ids, (std::vector<Id>{{"3", true}, {"1", true}, {"2", true}}));
  EXPECT_FALSE(result.image_lengths.unit());
  // The same from the predictions, and from the truth the other way round.
  EXPECT_EQ(evaluate_predictions(predictions, result.text_to_image.truth).first_hit, result.image_to_text.first_hit);
  EXPECT_EQ(evaluate_predictions(predictions, result.image_to_text.truth).first_hit, result.image_to_text.first_hit);
}

TEST(Retrieval, Refuses) {
  const FeatureSet images = features({"11", "12"}, 2, {1, 0, 0, 1});
  const auto judge = [&](const FeatureSet& texts, const std::string& truth) {
    evaluate_retrieval(images, texts, lists_in(truth), {});
  };
  const FeatureSet texts = features({"1", "2"}, 2, {1, 0, 0, 1});
  judge(texts, line(1, "11"));
  expect_bad_input([&] { judge(texts, line(1, "11") + line(5, "11")); }, "line 2: text 5: text 5 has no features");
  expect_bad_input([&] { judge(texts, line(1, "11, 77")); }, "line 1: text 1: image 77 has no features");
  expect_bad_input([&] { judge(texts, line(1, "") + line(2, "")); }, "no text has an image");
  expect_bad_input([&] { judge(features({"1"}, 3, {1, 0, 0}), line(1, "11")); }, "2 values a row");
  expect_bad_input([&] { judge(features({"1", "1"}, 2, {1, 0, 0, 1}), line(1, "11")); }, "id 1 stands twice");
  expect_bad_input([&] { judge(features({}, 2, {}), line(1, "11")); }, "no features");
}

TEST(Predictions, Refuses) {
  const std::string ten = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10";
  const auto judge = [](const std::string& predictions, const std::string& truth) {
    return evaluate_predictions(lists_in(predictions), lists_in(truth));
  };
  EXPECT_EQ(judge(line(1, ten) + line(2, ten), line(2, "10, 11")).first_hit, std::vector<std::int32_t>{10});
  expect_bad_input([&] { judge(line(1, ten), line(2, "10")); }, "text 2: no predictions");
  expect_bad_input([&] { judge(line(1, ten + ", 11"), line(1, "10")); }, "text 1: 11 images are predicted, 10 are");
  expect_bad_input([&] { judge(line(1, "1, 2") + line(2, ten), line(1, "1")); }, "text 1: 2 images are predicted, 10");
  expect_bad_input([&] { judge(line(1, "1, 2, 3, 4, 5, 6, 7, 8, 9, 9") + line(2, ten), line(1, "1")); },
                   "image 9 at rank 10 is there already");
  expect_bad_input([&] { judge(line(1, "1, 2, 3, 4, 5, 6, 7, 8, 9, \"x\""), line(1, "1")); },
                   "\"x\" at rank 10 is a string");
  expect_bad_input([&] { judge("{\"text_id\": \"1\", \"image_ids\": [" + ten + "]}", line(1, "1")); },
                   "its id is a string");
}

TEST(Predictions, SmallGalleries) {
  const auto judge = [](const std::string& predictions) {
    return evaluate_predictions(lists_in(predictions), lists_in(line(1, "7") + line(2, "9")));
  };
  const Direction direction = judge(line(1, "8, 7, 9") + line(2, "9, 8, 7"));
  EXPECT_EQ(direction.candidates, 3);
  EXPECT_EQ(direction.first_hit, (std::vector<std::int32_t>{2, 1}));
  // 9 is a candidate too: somebody left it out.
  expect_bad_input([&] { judge(line(1, "8, 7") + line(2, "8, 7")); }, "2 images are predicted, 3 are needed");
}

}  // namespace
}  // namespace cnclip
