#include "search/relevance/relevance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "search/relevance/neutral_sentences.h"

namespace cnclip::search {
namespace {

// Cosines of a query with a place and a spread of its own to `library` pictures that do not match.
NullQuery draw(Random& random, int library, double location, double spread) {
  NullQuery query;
  query.best = -1;
  for (int i = 0; i < library; ++i) {
    query.cosines.push_back(static_cast<float>(location + spread * random.normal()));
    query.best = std::max(query.best, double{query.cosines.back()});
  }
  return query;
}

std::vector<NullQuery> draw_nulls(Random& random, int count, int library, double scale) {
  std::vector<NullQuery> nulls;
  for (int i = 0; i < count; ++i) {
    nulls.push_back(
        draw(random, library, scale * (0.3 + 0.1 * random.uniform()), scale * (0.03 + 0.03 * random.uniform())));
    if (i % 5 == 0) nulls.back().best += 0.5 * scale;  // some match
  }
  return nulls;
}

TEST(Relevance, MeansTheSameForEveryQueryAndModel) {
  for (const double scale : {1.0, 0.2}) {  // of two models' cosines
    Random random(1);
    const Calibration calibration(draw_nulls(random, 220, 1000, scale), 1000);
    int above_half = 0, above_nine_tenths = 0;
    for (int i = 0; i < 400; ++i) {
      const NullQuery query =
          draw(random, 1000, scale * (0.2 + 0.3 * random.uniform()), scale * (0.03 + 0.03 * random.uniform()));
      const double background = calibration.background(query.cosines);
      const double relevance = calibration.relevance(query.best, background, 1000);
      above_half += relevance > 0.5 ? 1 : 0;
      above_nine_tenths += relevance > 0.9 ? 1 : 0;
      // Far outside the bulk: surely a match, wherever the bulk lies.
      EXPECT_GT(calibration.relevance(background + scale * 0.05 * 8, background, 1000), 0.97);
    }
    EXPECT_NEAR(above_half, 200, 60);
    EXPECT_LT(above_nine_tenths, 0.15 * 400);
  }
}

TEST(Relevance, GrowsWithTheCosineAndFallsWithTheNumberSearched) {
  Random random(2);
  const Calibration calibration(draw_nulls(random, 100, 500, 1), 500);
  const double background = calibration.background(draw(random, 500, 0.35, 0.05).cosines);
  double before = -1;
  for (double cosine = -1; cosine <= 1; cosine += 0.01) {
    const double now = calibration.relevance(cosine, background, 500);
    EXPECT_GE(now, before);
    EXPECT_GE(calibration.relevance(cosine, background, 5), now);
    EXPECT_LE(calibration.relevance(cosine, background, 5), 1);
    before = now;
  }
}

TEST(Relevance, StaysMuchTheSameWhenALibraryGrows) {
  Random random(3);
  const NullQuery asked = draw(random, 4000, 0.35, 0.05);
  std::vector<NullQuery> nulls;
  for (int i = 0; i < 200; ++i) nulls.push_back(draw(random, 4000, 0.3, 0.05));
  const auto first = [](NullQuery query, std::size_t count) {
    query.cosines.resize(count);
    query.best = *std::ranges::max_element(query.cosines);
    return query;
  };
  std::vector<double> relevance;
  for (const std::size_t count : {1000u, 2000u, 4000u}) {
    std::vector<NullQuery> some;
    for (const NullQuery& null : nulls) some.push_back(first(null, count));
    const Calibration calibration(some, static_cast<std::int64_t>(count));
    relevance.push_back(calibration.relevance(0.6, calibration.background(first(asked, count).cosines),
                                              static_cast<std::int64_t>(count)));
  }
  EXPECT_NEAR(relevance[0], relevance[2], 0.1);
  EXPECT_GT(relevance[2], 0.8);
}

TEST(Relevance, OfTheSmallestLibrariesRestsOnTheNullQueries) {
  for (const int library : {1, 5, 50}) {
    Random random(4);
    std::vector<NullQuery> nulls;
    for (int i = 0; i < 220; ++i) nulls.push_back(draw(random, library, 0.3, 0.05));
    const Calibration calibration(nulls, library);
    std::vector<float> matching(static_cast<std::size_t>(library), 0.31f), other = matching;
    matching[0] = 0.7f;
    EXPECT_GT(calibration.relevance(0.7, calibration.background(matching), library), 0.9) << library;
    EXPECT_LT(calibration.relevance(0.31, calibration.background(other), library), 0.6) << library;
  }
  // Without null queries (a picture, asked of a library of one), a guess: the same picture matches, another does not.
  const Calibration guess({}, 1);
  EXPECT_GT(guess.relevance(1.0, guess.background({1.0f}), 1), 0.8);
  EXPECT_LT(guess.relevance(0.4, guess.background({0.4f}), 1), 0.5);
}

TEST(NeutralSentences, AreManyAndDiffer) {
  const auto sentences = neutral_sentences();
  EXPECT_GE(sentences.size(), 200u);
  EXPECT_EQ(std::set<std::string>(sentences.begin(), sentences.end()).size(), sentences.size());
}

}  // namespace
}  // namespace cnclip::search
