#include "checkpoint/pickle.h"

#include "checkpoint/test_files.h"

namespace cnclip {
namespace {

using namespace std::literals;

std::string refusal(std::string_view bytes) {
  return error_of([&] { read_pickle(bytes, "file"); });
}

// What pickle.dumps((1076345, -8428, "高级感", "高级感")) gives, the text being one object.
TEST(PickleMachine, ReadsTheTuplesOfTheOfficialDataInEveryBinaryProtocol) {
  const std::string_view pickles[] = {
      "\x80\x02(J\x79\x6c\x10\0J\x14\xdf\xff\xffX\x09\0\0\0\xe9\xab\x98\xe7\xba\xa7\xe6\x84\x9fq\0h\0tq\x01."sv,
      "\x80\x03(J\x79\x6c\x10\0J\x14\xdf\xff\xffX\x09\0\0\0\xe9\xab\x98\xe7\xba\xa7\xe6\x84\x9fq\0h\0tq\x01."sv,
      "\x80\x04\x95\x1c\0\0\0\0\0\0\0(J\x79\x6c\x10\0J\x14\xdf\xff\xff\x8c\x09\xe9\xab\x98\xe7\xba\xa7\xe6\x84\x9f\x94h\0t\x94."sv,
      "\x80\x05\x95\x1c\0\0\0\0\0\0\0(J\x79\x6c\x10\0J\x14\xdf\xff\xff\x8c\x09\xe9\xab\x98\xe7\xba\xa7\xe6\x84\x9f\x94h\0t\x94."sv,
  };
  for (const std::string_view bytes : pickles) {
    const Pickle pickle = read_pickle(bytes, "pair");
    const auto& items = std::get<PickleTuple>(pickle.root->data).items;
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(std::get<std::int64_t>(items[0]->data), 1076345);
    EXPECT_EQ(std::get<std::int64_t>(items[1]->data), -8428);
    EXPECT_EQ(std::get<std::string>(items[2]->data), "高级感");
    EXPECT_EQ(items[2], items[3]);
    EXPECT_EQ(pickle.size, bytes.size());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_TRUE(mentions(refusal(bytes.substr(0, length)), "cut short")) << length;
    }
  }
}

TEST(PickleMachine, IntegersKeepTheirValue) {
  const auto integer = [](std::string_view bytes) {
    return std::get<std::int64_t>(read_pickle(bytes, "i").root->data);
  };
  EXPECT_EQ(integer("\x8a\x00."sv), 0);
  EXPECT_EQ(integer("\x8a\x01\xff."sv), -1);
  EXPECT_EQ(integer("\x8a\x08\0\0\0\0\0\0\0\x80."sv), INT64_MIN);
  EXPECT_EQ(integer("I-17\n."sv), -17);
  EXPECT_EQ(integer("L99L\n."sv), 99);
  // 2^63 does not fit 64 bits: it must not turn into another number.
  const Pickle large = read_pickle("\x8a\x09\0\0\0\0\0\0\0\x80\0."sv, "i");
  EXPECT_EQ(std::get<PickleLong>(large.root->data).digits, "\0\0\0\0\0\0\0\x80\0"sv);
}

TEST(PickleMachine, NamesTheGlobalItRefusesAndItsPlace) {
  EXPECT_EQ(refusal("\x80\x02}cos\nsystem\n."), "file: refused global os.system at byte 3 of the pickle");
  EXPECT_EQ(refusal("\x80\x04\x8c\x05posix\x8c\x06system\x93."),
            "file: refused global posix.system at byte 17 of the pickle");
  for (const char* name : {"builtins\neval", "__builtin__\ngetattr", "torch\nload", "torch.nn.modules.linear\nLinear",
                           "collections\nnamedtuple", "__torch__evil\nx", "torch._utils\n_rebuild_tensor_v9",
                           "numpy.core.multiarray\n_reconstruct", "OS\nsystem", "\n"}) {
    EXPECT_TRUE(mentions(refusal("c"s + name + "\n."), "refused global")) << name;
  }
}

TEST(PickleMachine, RefusesWhatIsNotData) {
  for (const std::string_view bytes :
       {"(ios\nsystem\n."sv, "(cos\nsystem\no."sv, "P1\n."sv, "\x82\x01."sv, "\x80\x06N."sv, "\xff"sv}) {
    EXPECT_FALSE(refusal(bytes).empty());
  }
  // A known global as such may stand there; what it is applied to must fit.
  for (const std::string_view bytes :
       {"ctorch\nfloat32\n)R."sv, "ctorch\nFloatStorage\n)\x81."sv, "ctorch._utils\n_rebuild_tensor_v2\n)R."sv,
        "cargparse\nNamespace\n)R."sv, "ccollections\nOrderedDict\nK\x01R."sv, "K\x01)R."sv, "K\x01Q."sv, "N)\x81."sv,
        "ccollections\nOrderedDict\n(](K\x01etR."sv}) {
    EXPECT_FALSE(refusal(bytes).empty());
  }
}

TEST(PickleMachine, StackAndMemoAreChecked) {
  for (const std::string_view bytes : {"."sv, "0."sv, "2."sv, "t."sv, "(0."sv, "h\x05."sv, "]K\x01s."sv, "}(K\x01u."sv,
                                       "NK\x01\x61."sv, "K\x01K\x02K\x03s."sv, "\x85."sv}) {
    EXPECT_FALSE(refusal(bytes).empty());
  }
}

TEST(PickleMachine, LyingLengthsTakeNoMemory) {
  EXPECT_TRUE(mentions(refusal("\x8d\xff\xff\xff\xff\xff\xff\xff\x7fx."sv), "cut short"));
  EXPECT_TRUE(mentions(refusal("\x8e\xff\xff\xff\xff\xff\xff\xff\xffx."sv), "cut short"));
  EXPECT_TRUE(mentions(refusal("X\xff\xff\xff\xffx."sv), "cut short"));
  EXPECT_TRUE(mentions(refusal("\x8b\x00\x00\x01\x00"s + std::string(65536, '\1') + "."), "too large"));
}

TEST(PickleMachine, OpcodesAndValuesAreBounded) {
  EXPECT_TRUE(mentions(refusal(std::string(5'000'000, 'N')), "too many values"));
  EXPECT_TRUE(mentions(refusal(std::string(20'000'000, '(')), "too many opcodes"));
  // The pairs of one list, taken by a thousand dictionaries: only the first gets them.
  std::string bytes = "](";
  for (int i = 0; i < 1000; ++i) bytes += "K\x01K\x02\x86";
  bytes += "eq\x01(";
  for (int i = 0; i < 1000; ++i) bytes += "ccollections\nOrderedDict\nh\x01\x85R";
  const Pickle pickle = read_pickle(bytes + "l.", "bomb");
  std::size_t pairs = 0;
  for (const PickleRef dict : std::get<PickleList>(pickle.root->data).items) {
    pairs += std::get<PickleDict>(dict->data).items.size();
  }
  EXPECT_EQ(pairs, 1000u);
}

}  // namespace
}  // namespace cnclip
