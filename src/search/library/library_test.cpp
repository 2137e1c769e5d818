#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <set>

#include "base/sha256.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "search/library/database.h"
#include "search/library/schema.h"
#include "search/library/write_lock.h"
#include "search/library/writer.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

ModelStamp stamp(const std::string& fingerprint = "f") {
  return {"/m.pt", "tiny", fingerprint, 2, 1, 32, false, false, "f32"};
}

std::array<float, 2> at_angle(double angle) {
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

std::string hash_of(int i) {
  return std::string(62, '0') + static_cast<char>('0' + i / 10) + static_cast<char>('0' + i % 10);
}

// One folder /pictures as its source; picture `i` has content `i`, width 10 * i, and was modified in second i.
class LibraryTest : public testing::Test {
 protected:
  LibraryTest() : writer(LibraryWriter::create(folder, stamp())) {
    writer.commit([&] { source = writer.add_source(SourceKind::folder, "/pictures", false); });
  }

  std::int64_t content(int i) {
    const std::int64_t id = writer.content({hash_of(i), 10 * i, 5, 0, "jpeg"});
    writer.set_vector(id, at_angle(i));
    return id;
  }
  Row add(const std::string& path, int i) {
    Row row = 0;
    writer.commit([&] {
      const FoundFile file{path, 100 + i, i * 1'000'000'000LL};
      row = writer.add_waiting(source, file);
      writer.settle(row, file, content(i));
    });
    return row;
  }

  struct Told {
    bool forgotten = false;
    std::vector<Row> removed, changed;
    std::int64_t version = 0;
  };
  static Told changes(const Library& library, std::int64_t version) {
    Told told;
    told.version =
        library.changes_since(version, {[&] { told.forgotten = true; }, [&](Row row) { told.removed.push_back(row); },
                                        [&](Row row, std::span<const float>) { told.changed.push_back(row); }});
    return told;
  }

  TestFolder folder;
  LibraryWriter writer;
  std::int64_t source = 0;
};

TEST_F(LibraryTest, KeepsWhatItIsTold) {
  const Row row = add("a/b.jpg", 3);
  const Library library(folder);
  EXPECT_TRUE(library.model().same_vectors(stamp()));
  const Picture picture = library.picture(row).value();
  EXPECT_EQ(picture.path, "a/b.jpg");
  EXPECT_EQ(picture.bytes, 103);
  EXPECT_EQ(picture.width, 30);
  EXPECT_EQ(picture.hash, hash_of(3));
  EXPECT_FALSE(picture.waiting);
  EXPECT_EQ(library.location(picture), "/pictures/a/b.jpg");
  EXPECT_EQ(library.thumbnail(row), "jpeg");
  EXPECT_EQ(library.vector(row)->at(1), at_angle(3)[1]);
  EXPECT_EQ(library.find("/pictures/./a/b.jpg"), row);
  EXPECT_EQ(library.find("a/b.jpg"), row);
  EXPECT_FALSE(library.find("/pictures/a"));
  EXPECT_FALSE(library.picture(row + 1));
}

TEST_F(LibraryTest, TellsWhatHasChanged) {
  const Library library(folder);
  const Row first = add("1.jpg", 1), second = add("2.jpg", 2);
  Told told = changes(library, 0);
  EXPECT_TRUE(told.forgotten);
  EXPECT_EQ(told.changed, (std::vector<Row>{first, second}));
  EXPECT_EQ(told.version, library.version());
  std::int64_t version = told.version;

  writer.commit([&] { writer.tag(first, "x"); });                              // nothing about vectors
  writer.commit([&] { writer.settle(second, {"2.jpg", 1, 1}, content(2)); });  // touched
  told = changes(library, version);
  EXPECT_FALSE(told.forgotten);
  EXPECT_TRUE(told.removed.empty() && told.changed.empty());

  writer.commit([&] { writer.settle(second, {"2.jpg", 1, 1}, content(7)); });
  writer.commit([&] { writer.settle_broken(first, {"1.jpg", 1, 1}, "broken"); });
  told = changes(library, version);
  EXPECT_EQ(told.removed, std::vector<Row>{first});
  EXPECT_EQ(told.changed, std::vector<Row>{second});
  version = told.version;

  writer.commit([&] { writer.settle(first, {"1.jpg", 1, 1}, content(1)); });  // mended
  writer.commit([&] { writer.remove(second); });
  told = changes(library, version);
  EXPECT_EQ(told.removed, std::vector<Row>{second});
  EXPECT_EQ(told.changed, std::vector<Row>{first});
  version = told.version;

  const Row third = add("3.jpg", 3);
  EXPECT_GT(third, second);  // never given again, though the last one went
  const std::int64_t seen = changes(library, version).version;
  writer.compact();
  EXPECT_FALSE(changes(library, seen).forgotten);  // it had seen all but the compaction
  EXPECT_TRUE(changes(library, version).forgotten);
}

TEST_F(LibraryTest, ReadersSeeOneMoment) {
  add("1.jpg", 1);
  const Library library(folder);
  {
    const Library::Snapshot snapshot(library);
    EXPECT_EQ(library.counts().pictures, 1);
    add("2.jpg", 2);
    EXPECT_EQ(library.counts().pictures, 1);
  }
  EXPECT_EQ(library.counts().pictures, 2);
}

TEST_F(LibraryTest, AFailedCommitLeavesNothing) {
  const std::int64_t version = writer.library().version();
  EXPECT_THROW(writer.commit([&] {
    writer.add_waiting(source, {"1.jpg", 1, 1});
    content(1);
    throw std::runtime_error("no");
  }),
               std::runtime_error);
  EXPECT_EQ(writer.library().counts().pictures, 0);
  EXPECT_EQ(writer.library().version(), version);
  add("1.jpg", 1);
}

TEST_F(LibraryTest, Filters) {
  const Row a = add("a/1.jpg", 1), b = add("a/b/2.jpg", 2), c = add("a0/3.jpg", 3), d = add("\xff\n/4.jpg", 4);
  writer.commit([&] { writer.tag(a, "猫"), writer.tag(b, "猫"), writer.tag(b, "狗"); });
  const Library library(folder);
  const auto rows = [&](auto set) {
    Filter filter;
    set(filter);
    return library.rows(filter);
  };
  using Rows = std::vector<Row>;
  EXPECT_EQ(library.rows(), (Rows{a, b, c, d}));
  EXPECT_EQ(rows([](Filter& f) { f.folder = "a"; }), (Rows{a, b}));
  EXPECT_EQ(rows([](Filter& f) { f.folder = "/pictures/a/"; }), (Rows{a, b}));
  EXPECT_EQ(rows([](Filter& f) { f.folder = "/pictures/a/b"; }), Rows{b});
  EXPECT_EQ(rows([](Filter& f) { f.folder = "/"; }), (Rows{a, b, c, d}));
  EXPECT_EQ(rows([](Filter& f) { f.folder = "\xff\n"; }), Rows{d});
  EXPECT_EQ(rows([](Filter& f) { f.folder = "/elsewhere"; }), Rows{});
  EXPECT_EQ(rows([](Filter& f) { f.modified_from = 2'000'000'000, f.modified_to = 3'000'000'000; }), (Rows{b, c}));
  EXPECT_EQ(rows([](Filter& f) { f.bytes_to = 101; }), Rows{a});
  EXPECT_EQ(rows([](Filter& f) { f.width_from = 25; }), (Rows{c, d}));
  EXPECT_EQ(rows([](Filter& f) { f.height_to = 4; }), Rows{});
  EXPECT_EQ(rows([](Filter& f) { f.tags = {"猫", "狗"}; }), Rows{b});
  EXPECT_EQ(rows([](Filter& f) { f.tags = {"猫"}, f.without_tags = {"狗"}; }), Rows{a});
  EXPECT_EQ(library.picture(b)->tags, (std::vector<std::string>{"狗", "猫"}));
  EXPECT_THROW(writer.commit([&] { writer.tag(a, "\xff"); }), Error);
}

TEST_F(LibraryTest, AMovedPictureKeepsItsRowAndTags) {
  const Row row = add("1.jpg", 1);
  writer.commit([&] {
    writer.tag(row, "x");
    writer.set_missing(row);
  });
  const std::int64_t version = writer.library().version();
  writer.commit([&] {
    const FoundFile file{"new/1.jpg", 101, 9};
    const Row to = writer.add_waiting(source, file);
    EXPECT_EQ(writer.library().missing_with(content(1)), row);
    writer.move(row, to, file);
  });
  const Picture picture = writer.library().picture(row).value();
  EXPECT_EQ(picture.path, "new/1.jpg");
  EXPECT_EQ(picture.tags, std::vector<std::string>{"x"});
  EXPECT_EQ(writer.library().counts().pictures, 1);
  EXPECT_TRUE(changes(writer.library(), version).changed.empty());
}

TEST_F(LibraryTest, MigratesAtOnce) {
  const Row row = add("1.jpg", 1);
  const Library library(folder);
  const std::int64_t version = library.version(), id = library.picture(row)->content;
  writer.commit([&] { writer.begin_migration(stamp("g")); });
  EXPECT_EQ(library.contents_to_migrate(), 1);
  writer.commit([&] { writer.set_next_vector(id, at_angle(5)); });
  EXPECT_EQ(library.contents_to_migrate(), 0);
  EXPECT_EQ(library.vector(row)->at(0), at_angle(1)[0]);
  writer.commit([&] { writer.begin_migration(stamp("g")); });  // goes on
  EXPECT_EQ(library.contents_to_migrate(), 0);
  writer.commit([&] { writer.begin_migration(stamp("h")); });  // another one
  EXPECT_EQ(library.contents_to_migrate(), 1);
  writer.commit([&] { writer.set_next_vector(id, at_angle(6)); });
  writer.commit([&] { writer.finish_migration(); });
  EXPECT_EQ(library.vector(row)->at(0), at_angle(6)[0]);
  EXPECT_EQ(library.model().fingerprint, "h");
  EXPECT_FALSE(library.next_model());
  EXPECT_TRUE(changes(library, version).forgotten);
  EXPECT_EQ(Library(folder).counts().searchable, 1);  // the schema is in order
}

TEST_F(LibraryTest, CompactsWhatNobodyNeeds) {
  const Row first = add("1.jpg", 1), second = add("2.jpg", 2);
  writer.commit([&] { writer.remove(first); });
  EXPECT_TRUE(writer.library().find_content(hash_of(1)));  // it may come back
  writer.compact();
  EXPECT_FALSE(writer.library().find_content(hash_of(1)));
  EXPECT_EQ(writer.library().thumbnail(second), "jpeg");
  EXPECT_EQ(writer.library().vector(second)->at(0), at_angle(2)[0]);
}

TEST_F(LibraryTest, OneWriterAtATime) {
  const WriteLock lock(folder);
  try {
    const WriteLock second(folder);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::unavailable);
    EXPECT_NE(std::string(error.what()).find(std::to_string(::getpid())), std::string::npos) << error.what();
  }
}

TEST(LibraryFile, RefusesWhatIsNone) {
  const TestFolder folder;
  expect_bad_input([&] { const Library library(folder); }, "holds no index");
  std::ofstream(folder / "library.sqlite") << "text";
  expect_bad_input([&] { const Library library(folder); }, "library.sqlite");
  fs::remove(folder / "library.sqlite");
  LibraryWriter::create(folder, stamp());
  expect_bad_input([&] { LibraryWriter::create(folder, stamp()); }, "is an index already");
  EXPECT_EQ(Library(folder).counts().pictures, 0);
}

TEST(LibraryFile, OfAnotherVersionIsCalledSo) {
  const TestFolder folder;
  LibraryWriter::create(folder, stamp());
  Database(folder / kLibraryFile, Database::Access::write)
      .run(fmt::format("PRAGMA user_version = {}", kLibraryVersion - 1));
  expect_bad_input([&] { const Library library(folder); },
                   fmt::format("is of version {}, this program knows {}", kLibraryVersion - 1, kLibraryVersion));
}

// An index of the tables as they were would be called damaged, did it not have another version.
TEST(LibraryFile, OtherTablesHaveAnotherVersion) {
  std::string all;
  for (const auto& [name, sql] : library_objects({1})) all += sql + '\n';
  EXPECT_EQ(kLibraryVersion, 3);
  EXPECT_EQ(sha256_hex(std::as_bytes(std::span(all))),
            "5a87b014853628b86d1d6cd94beff0aa1b53c6c831f3b47f51114b8efa04fe6f");
}

TEST(LibraryFile, ADamagedFileIsCalledSo) {
  const TestFolder folder;
  {
    LibraryWriter writer = LibraryWriter::create(folder, stamp());
    writer.commit([&] {
      const auto source = writer.add_source(SourceKind::folder, "/p", false);
      for (int i = 0; i < 50; ++i) {
        const FoundFile file{std::to_string(i), i, i};
        const auto content = writer.content({hash_of(i), 1, 1, 0, ""});
        writer.set_vector(content, at_angle(i));
        writer.settle(writer.add_waiting(source, file), file, content);
      }
    });
  }
  std::string bytes;
  {
    std::ifstream in(folder / "library.sqlite", std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 997) {
    std::string changed = bytes;
    for (std::size_t i = at; i < std::min(at + 40, bytes.size()); ++i) changed[i] = static_cast<char>(~changed[i]);
    for (const char* rest : {"-wal", "-shm"}) fs::remove((folder / "library.sqlite").string() + rest);
    std::ofstream(folder / "library.sqlite", std::ios::binary) << changed;
    try {
      const Library library(folder);
      library.changes_since(0, {nullptr, nullptr, [](Row, std::span<const float>) {}});
      library.counts();
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::bad_input) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 3);
}

// What a sender would be given, and what is left of vectors after it.
TEST_F(LibraryTest, AVectorStaysUntilTheServerHasIt) {
  writer.commit([&] { writer.set_vector_server("milvus://db:1/c"); });
  const Row a = add("a", 1), copy = add("copy", 1), b = add("b", 2);
  EXPECT_EQ(writer.library().counts().unsent, 3);
  const auto unsent = writer.library().unsent(10);
  ASSERT_EQ(unsent.size(), 3u);
  EXPECT_EQ(unsent[0].row, a);

  writer.commit([&] { writer.set_sent(std::span(unsent).first(1)); });
  EXPECT_TRUE(writer.library().vector(a)) << "its copy has not been sent";
  writer.commit([&] { writer.set_sent(unsent); });
  EXPECT_FALSE(writer.library().vector(a));
  EXPECT_FALSE(writer.library().vector(copy));
  EXPECT_FALSE(writer.library().vector(b));
  EXPECT_EQ(writer.library().counts().unsent, 0);
  EXPECT_TRUE(writer.library().find_content(hash_of(1))) << "it need not be encoded again";
}

TEST_F(LibraryTest, EveryChangeIsToBeSent) {
  const auto send_all = [&] { writer.commit([&] { writer.set_sent(writer.library().unsent(100)); }); };
  const Row before = add("before", 9);
  EXPECT_EQ(writer.library().counts().unsent, 0) << "no server";
  writer.commit([&] { writer.set_vector_server("milvus://db:1/c"); });
  const Row row = add("a", 1);
  send_all();
  const auto expect_unsent = [&](const char* what, const std::function<void()>& change) {
    writer.commit(change);
    const auto unsent = writer.library().unsent(100);
    ASSERT_EQ(unsent.size(), 1u) << what;
    EXPECT_EQ(unsent[0].row, row) << what;
    send_all();
  };
  const FoundFile file{"a", 7, 7};
  expect_unsent("tag", [&] { writer.tag(row, "t"); });
  expect_unsent("untag", [&] { writer.untag(row, "t"); });
  expect_unsent("touched", [&] { writer.set_waiting(row, file); });
  expect_unsent("settled", [&] { writer.settle(row, file, content(2)); });
  expect_unsent("broken", [&] { writer.settle_broken(row, file, "torn"); });
  expect_unsent("again", [&] { writer.settle(row, file, content(2)); });
  expect_unsent("removed", [&] { writer.remove(row); });
  EXPECT_TRUE(writer.library().picture(before));
}

TEST_F(LibraryTest, WhatChangesWhileItIsSentIsSentAgain) {
  writer.commit([&] { writer.set_vector_server("milvus://db:1/c"); });
  const Row row = add("a", 1);
  const auto sent = writer.library().unsent(100);
  writer.commit([&] { writer.tag(row, "t"); });
  writer.commit([&] { writer.set_sent(sent); });
  EXPECT_EQ(writer.library().counts().unsent, 1);
  EXPECT_TRUE(writer.library().vector(row));
}

// Each set has notes of its own of what is to be sent.
TEST_F(LibraryTest, AMigrationHasACollectionOfItsOwn) {
  const Library& library = writer.library();
  const auto next = VectorSet::next;
  const auto unsent = [&](VectorSet set) { return library.unsent(10, set).size(); };
  writer.commit([&] { writer.set_vector_server("milvus://db:1/c"); });
  const Row a = add("a", 1), copy = add("copy", 1), b = add("b", 2);
  const std::int64_t first = library.picture(a)->content, second = library.picture(b)->content;
  writer.commit([&] { writer.set_sent(library.unsent(10)); });
  writer.commit([&] { writer.begin_migration(stamp("g")); });
  const std::string address = library.vector_server(next)->address;
  EXPECT_TRUE(address.starts_with("milvus://db:1/c_")) << address;
  EXPECT_EQ(library.vector_server()->address, "milvus://db:1/c");
  EXPECT_EQ(unsent(next), 0u);

  writer.commit([&] { writer.set_next_vector(first, at_angle(5)); });
  EXPECT_EQ(unsent(VectorSet::current), 0u);
  EXPECT_EQ(unsent(next), 2u);
  EXPECT_EQ(library.vector(copy, next)->at(0), at_angle(5)[0]);
  writer.commit([&] { writer.set_sent(library.unsent(10, next), next); });
  EXPECT_FALSE(library.vector(a, next));
  EXPECT_TRUE(library.find_content(hash_of(1), next));
  writer.commit([&] { writer.tag(a, "t"); });
  EXPECT_EQ(unsent(VectorSet::current), 1u);
  EXPECT_EQ(unsent(next), 1u);

  writer.commit([&] { writer.lose_vector(first, next); });
  EXPECT_EQ(library.contents_to_migrate(), 2);
  EXPECT_FALSE(library.picture(a)->waiting) << "the vector that answers is there";
  writer.commit([&] { writer.set_next_vector(first, at_angle(5)), writer.set_next_vector(second, at_angle(6)); });
  EXPECT_TRUE(library.left_collections().empty());
  writer.commit([&] { writer.finish_migration(); });
  EXPECT_EQ(library.vector_server()->address, address);
  EXPECT_EQ(library.vector_server()->given, "milvus://db:1/c");
  EXPECT_FALSE(library.vector_server(next));
  EXPECT_EQ(unsent(VectorSet::current), 3u);
}

TEST_F(LibraryTest, ACollectionThatIsLeftIsRememberedUntilItIsGone) {
  const Library& library = writer.library();
  writer.commit([&] { writer.set_vector_server("milvus://db:1/c"); });
  writer.commit([&] { writer.begin_migration(stamp("g")); });
  const std::string given_up = library.vector_server(VectorSet::next)->address;
  writer.commit([&] { writer.begin_migration(stamp("h")); });
  writer.commit([&] { writer.finish_migration(); });
  const auto left = Library(folder).left_collections();
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].server.address, "milvus://db:1/c");
  EXPECT_TRUE(left[0].stamp.same_vectors(stamp("f")));
  EXPECT_EQ(left[1].server.address, given_up);
  EXPECT_TRUE(left[1].stamp.same_vectors(stamp("g")));
  for (const LeftCollection& one : left) writer.commit([&] { writer.forget_collection(one); });
  EXPECT_TRUE(library.left_collections().empty());
  EXPECT_EQ(library.model().fingerprint, "h");
}

TEST_F(LibraryTest, ALostVectorIsMadeAnew) {
  writer.commit([&] { writer.set_vector_server("milvus://db:1/c"); });
  const Row row = add("a", 1);
  writer.commit([&] { writer.set_sent(writer.library().unsent(100)); });
  writer.commit([&] { writer.lose_vector(writer.library().picture(row)->content); });
  EXPECT_TRUE(writer.library().picture(row)->waiting);
  EXPECT_FALSE(writer.library().find_content(hash_of(1)));
}

}  // namespace
}  // namespace cnclip::search
