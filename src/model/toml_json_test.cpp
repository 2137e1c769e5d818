#include "model/toml_json.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cnclip {
namespace {

TEST(TomlJson, HoldsTheSame) {
  const auto json =
      parse_toml("b = true\ni = -3\nf = 1e-4\n'键' = '𠮷😀\\'\nlist = [[], [1, 2.5]]\n[t.u]\ns = \"a\\u0000b\"\n", "f");
  EXPECT_EQ(json, nlohmann::json::parse(R"({"b": true, "i": -3, "f": 1e-4, "键": "𠮷😀\\", "list": [[], [1, 2.5]],
                                             "t": {"u": {"s": "a\u0000b"}}})"));
  EXPECT_TRUE(json["i"].is_number_integer() && json["f"].is_number_float());
}

TEST(TomlJson, ValuesThatItLacksAreNamed) {
  for (const char* value : {"nan", "-inf", "2020-01-02", "07:32:00"}) {
    try {
      parse_toml(std::string("\na = {b = [") + value + "]}\n", "f");
      ADD_FAILURE() << value;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()), std::string("f: line 2: ") + value + ": no configuration has such a value");
    }
  }
}

}  // namespace
}  // namespace cnclip
