#include "search/searcher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "search/library/writer.h"
#include "search/relevance/neutral_sentences.h"

namespace cnclip::search {
namespace {

constexpr std::int64_t kWidth = 32;

// A text's vector follows from the text; a picture's from its only pixel.
std::vector<float> vector_for(const std::string& name) {
  Random random(1, name);
  std::vector<float> vector;
  double square = 0;
  for (std::int64_t i = 0; i < kWidth; ++i) {
    vector.push_back(static_cast<float>(random.normal()));
    square += double{vector.back()} * double{vector.back()};
  }
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(square));
  return vector;
}

std::vector<float> near(const std::string& name, double distance, std::uint64_t seed) {
  std::vector<float> vector = vector_for(name);
  const std::vector<float> other = vector_for(std::to_string(seed));
  double square = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    vector[i] += static_cast<float>(distance) * other[i];
    square += double{vector[i]} * double{vector[i]};
  }
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(square));
  return vector;
}

class FakeEncoder : public QueryEncoder {
 public:
  std::string known = "print";
  int texts = 0;
  std::string fingerprint() const override { return known; }
  std::string name() const override { return "fake.pt"; }
  QueryTexts encode_texts(std::span<const std::string> given) override {
    texts += static_cast<int>(given.size());
    QueryTexts made{{std::ssize(given), kWidth, {}}, {}};
    for (const std::string& text : given) {
      const auto vector = vector_for(text);
      made.features.values.insert(made.features.values.end(), vector.begin(), vector.end());
      made.truncated.push_back(text.size() > 100);
    }
    return made;
  }
  FeatureMatrix encode_pictures(std::span<const Image> pictures) override {
    FeatureMatrix made{std::ssize(pictures), kWidth, {}};
    for (const Image& picture : pictures) {
      const auto vector = vector_for(std::string(1, static_cast<char>(picture.pixels.at(0))));
      made.values.insert(made.values.end(), vector.begin(), vector.end());
    }
    return made;
  }
};

struct SearcherTest : testing::Test {
  TestFolder folder;
  ModelStamp model;
  std::unique_ptr<LibraryWriter> writer;
  std::shared_ptr<FakeEncoder> encoder = std::make_shared<FakeEncoder>();
  std::int64_t source = 0;
  int made = 0;

  void SetUp() override {
    std::filesystem::create_directories(folder / "index");
    model.path = "model.pt";
    model.name = "tiny";
    model.fingerprint = "print";
    model.width = kWidth;
    model.precision = "f32";
    writer = std::make_unique<LibraryWriter>(LibraryWriter::create(folder / "index", model));
    writer->commit([&] { source = writer->add_source(SourceKind::folder, "/pictures", false); });
  }
  Row add(const std::string& path, std::span<const float> vector) {
    writer->commit([&] { add_in_commit(path, vector); });
    return *writer->library().find(path);
  }
  void add_in_commit(const std::string& path, std::span<const float> vector) {
    const FoundFile file{path, 1000, 1};
    writer->add_waiting(source, file);
    const std::int64_t content = writer->content({fmt::format("{:064x}", ++made), 10, 10, 0, {}});
    writer->set_vector(content, vector);
    writer->settle(*writer->library().find(path), file, content);
  }
  void add_many(int count) {
    writer->commit([&] {
      for (int i = 0; i < count; ++i) add_in_commit(fmt::format("many/{}.jpg", i), vector_for(fmt::format("p{}", i)));
    });
  }
  Searcher open() { return Searcher(folder / "index", encoder); }
  static Query ask(const std::string& text, std::int64_t k = 3) {
    Query query;
    query.parts = {{text, 1}};
    query.k = k;
    return query;
  }
};

TEST_F(SearcherTest, FindsWhatMatchesAndSaysWhenNothingDoes) {
  add_many(300);
  const Row cat = add("cat.jpg", near("猫", 0.3, 1));
  Searcher searcher = open();
  const Answer found = searcher.search(ask("猫"));
  ASSERT_EQ(found.hits.size(), 3u);
  EXPECT_EQ(found.hits[0].picture.row, cat);
  EXPECT_EQ(found.hits[0].location, "/pictures/cat.jpg");
  EXPECT_GT(found.hits[0].cosine, 0.9f);
  EXPECT_GT(found.hits[0].relevance, 0.95);
  EXPECT_LT(found.hits[1].relevance, 0.9);
  EXPECT_FALSE(found.nothing_matches);
  EXPECT_TRUE(found.exact);
  EXPECT_EQ(found.searched, 301);

  int nothing = 0;
  for (int i = 0; i < 40; ++i) nothing += searcher.search(ask(fmt::format("没有{}", i))).nothing_matches ? 1 : 0;
  EXPECT_GE(nothing, 12);  // half of them, if chance has it
  EXPECT_LT(nothing, 36);
}

TEST_F(SearcherTest, FollowsTheLibrary) {
  add_many(50);
  Searcher searcher = open();
  EXPECT_LT(searcher.search(ask("猫")).hits[0].cosine, 0.8f);
  const Row cat = add("cat.jpg", near("猫", 0.3, 1));
  EXPECT_EQ(searcher.search(ask("猫")).hits[0].picture.row, cat);
  writer->commit([&] { writer->remove(cat); });
  EXPECT_LT(searcher.search(ask("猫")).hits[0].cosine, 0.8f);
  EXPECT_EQ(searcher.search(ask("猫")).searched, 50);
}

TEST_F(SearcherTest, TakesPartsWithWeights) {
  add_many(100);
  const Row cat = add("cat.jpg", near("猫", 0.3, 1)), dog = add("dog.jpg", near("狗", 0.3, 2));
  Query both;
  both.parts = {{std::string("猫"), 1}, {std::string("狗"), 1}};
  Searcher searcher = open();
  const auto rows = [&](const Query& query) {
    std::vector<Row> found;
    for (const Hit& hit : searcher.search(query).hits) found.push_back(hit.picture.row);
    return found;
  };
  const auto found = rows(both);
  EXPECT_EQ((std::set<Row>{found[0], found[1]}), (std::set<Row>{cat, dog}));
  both.parts[1].weight = -0.5;
  EXPECT_EQ(rows(both)[0], cat);
  EXPECT_EQ(std::ranges::count(rows(both), dog), 0);

  Query picture;  // one of the index: itself is not among the answers
  picture.parts = {{cat, 1}};
  picture.k = 200;
  const auto others = rows(picture);
  EXPECT_EQ(others.size(), 101u);
  EXPECT_EQ(std::ranges::count(others, cat), 0);
  Image image{1, 1, ImageMode::l, {'x'}, {}};
  picture.parts = {{image, 1}};
  EXPECT_EQ(rows(picture).size(), 102u);
}

TEST_F(SearcherTest, FiltersInsideTheSearch) {
  add_many(200);
  for (int i = 0; i < 5; ++i) add(fmt::format("few/{}.jpg", i), vector_for(fmt::format("few{}", i)));
  Searcher searcher = open();
  Query query = ask("猫", 5);
  query.filter.folder = "/pictures/few";
  const Answer found = searcher.search(query);
  EXPECT_EQ(found.searched, 5);
  ASSERT_EQ(found.hits.size(), 5u);
  for (const Hit& hit : found.hits) EXPECT_EQ(hit.picture.path.substr(0, 4), "few/");
  query.filter.folder = "/pictures/none";
  EXPECT_TRUE(searcher.search(query).hits.empty());
  EXPECT_TRUE(searcher.search(query).nothing_matches);
}

TEST_F(SearcherTest, AnswersForTheSmallestLibraries) {
  EXPECT_TRUE(open().search(ask("猫")).nothing_matches);
  add("cat.jpg", near("猫", 0.3, 1));
  EXPECT_FALSE(open().search(ask("猫")).nothing_matches);
  EXPECT_TRUE(open().search(ask("别的")).hits[0].relevance < 0.9);
  Query same;
  same.parts = {{Image{1, 1, ImageMode::l, {'x'}, {}}, 1}};
  EXPECT_EQ(open().search(same).hits.size(), 1u);
}

// The null queries of a library of two are its pictures, each asked for the other one: half of chance is below it.
TEST_F(SearcherTest, APictureIsMeasuredWithoutItself) {
  const Row cat = add("cat.jpg", vector_for("猫"));
  add("dog.jpg", vector_for("狗"));
  Query query;
  query.parts = {{cat, 1}};
  const Answer found = open().search(query);
  ASSERT_EQ(found.hits.size(), 1u);
  EXPECT_NEAR(found.hits[0].relevance, 0.5, 1e-6);
}

TEST_F(SearcherTest, SaysWhatIsWrongWithAQuery) {
  add_many(3);
  Searcher searcher = open();
  const auto error_of = [&](const Query& query) {
    try {
      searcher.search(query);
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::usage);
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_EQ(error_of(ask(" \n")), "the query is empty: nothing is looked for");
  EXPECT_EQ(error_of(ask("猫", 0)), "0 results: from 1 to 100000 can be asked for");
  Query query = ask("猫");
  query.parts[0].weight = -1;
  EXPECT_EQ(error_of(query), "the query has no part that is wanted");
  query.parts[0].weight = NAN;
  EXPECT_NE(error_of(query), "none");
  query.parts = {{Row{77}, 1}};
  EXPECT_NE(error_of(query).find("picture 77 is not in the index"), std::string::npos);
  EXPECT_TRUE(searcher.search(ask(std::string(200, 'x'))).truncated[0]);
  EXPECT_FALSE(searcher.search(ask("短")).truncated[0]);
}

TEST_F(SearcherTest, RefusesAnotherModel) {
  add_many(3);
  encoder->known = "another";
  try {
    open();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::usage);
    for (const std::string part : {"model.pt", "fake.pt", "another", "print"})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST_F(SearcherTest, NeutralSentencesAreEncodedOnce) {
  add_many(3);
  const auto count = static_cast<int>(neutral_sentences().size());
  open().search(ask("猫"));
  EXPECT_EQ(encoder->texts, count + 1);
  open().search(ask("猫"));
  EXPECT_EQ(encoder->texts, count + 2);
  std::string kept = read_file(folder / "index" / "neutral.cache");
  kept.back() = static_cast<char>(kept.back() ^ 1);
  write_file(folder / "index" / "neutral.cache", kept);
  open().search(ask("猫"));
  EXPECT_EQ(encoder->texts, 2 * count + 3);
}

TEST_F(SearcherTest, StartsFromACacheAndNeverTrustsIt) {
  add_many(6000);
  const auto answers = [&](Searcher& searcher) {
    std::vector<std::pair<Row, float>> found;
    for (int i = 0; i < 5; ++i) {
      for (const Hit& hit : searcher.search(ask(std::to_string(i), 10)).hits)
        found.emplace_back(hit.picture.row, hit.cosine);
    }
    return found;
  };
  Searcher first = open();
  const auto expected = answers(first);
  EXPECT_FALSE(first.state().cache_is_fresh);
  EXPECT_TRUE(first.improve());
  EXPECT_FALSE(first.improve());
  EXPECT_EQ(answers(first), expected);
  Searcher second = open();
  EXPECT_TRUE(second.state().cache_is_fresh);
  EXPECT_EQ(second.state().vectors, 6000);
  EXPECT_EQ(answers(second), expected);

  add("cat.jpg", near("猫", 0.3, 1));  // after the cache was written
  EXPECT_EQ(open().search(ask("猫")).hits[0].location, "/pictures/cat.jpg");

  const auto cache = folder / "index" / "vectors.cache";
  std::string bytes = read_file(cache);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  write_file(cache, bytes);
  Searcher third = open();
  EXPECT_FALSE(third.state().cache_is_fresh);
  EXPECT_EQ(answers(third), expected);

  // A cache of another library with the same model and a version that fits.
  EXPECT_TRUE(third.improve());
  bytes = read_file(cache);
  std::filesystem::remove_all(folder / "index");
  made = 0;
  SetUp();
  for (int i = 0; i < 8; ++i) add(fmt::format("other/{}.jpg", i), vector_for(fmt::format("other{}", i)));
  write_file(cache, bytes);
  EXPECT_EQ(open().search(ask("猫")).searched, 8);
}

TEST_F(SearcherTest, AnswersWhileTheLibraryChanges) {
  add_many(200);
  Searcher searcher = open();
  std::vector<std::jthread> readers;  // until they are destroyed
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&](const std::stop_token& stop) {
      // As many as asked for, also where another thread's search has just learnt of one more.
      while (!stop.stop_requested()) EXPECT_EQ(searcher.search(ask("new", 10)).hits.size(), 10u);
    });
  }
  for (int i = 0; i < 300; ++i) add(fmt::format("new/{}.jpg", i), near("new", 0.9, i));
}

}  // namespace
}  // namespace cnclip::search
