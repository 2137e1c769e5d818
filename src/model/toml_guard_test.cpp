#include "model/toml_guard.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/toml_json.h"

namespace cnclip {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_toml(text, "f");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TomlGuard, OtherCharactersStandInStringsAndComments) {
  for (const char* good : {"a = \"é，\" # é，\n", "a = 'é\\'\n", "a = \"\"\"é\"\n\\\"，\"\"\"\n",
                           "a = \"\"\"é\"\"\"\"\"  # é\n", "a = ['','é']\n", "a=\"é\"\n", "a.\"é\".'，' = 1\n",
                           "[\"é\"]\n[a.'é']\n[[b]]\n", "'é'=1\n", "a = {\"é\"={'，'=[1,\"é\"]},b.\"é\"=2}\n",
                           "a = [1,\n# é\n{b=[['é'],['，']]}]\nc=\"é\"\n", "a = -1.5e-3\nb=[+0.5,'é']\n"}) {
    EXPECT_EQ(error_of(good), "") << good;
  }
  EXPECT_EQ(error_of(std::string("\xef\xbb\xbf") + "a = 'é'\n"), "");  // behind a byte order mark
}

// Outside of them the parser reads words to the first white space or one of ,]}# whatever is in them.
TEST(TomlGuard, NowhereElse) {
  for (const char* bad : {"\na = 1，\n", "\né = 1\n", "\na = \"\"\"b\\é\"\"\"\n", "\na = \"b\" é \"\n", "\na = 0'é'\n",
                          "\na = 'b''é'\n", "\na = 0['é']\n", "\na = 0{'é' = 1}\n", "\na = 0=\"é\"\n",
                          "\na = 1.\"é\"\n", "\na = [1, 2.\"é\"]\n", "\na = {b = 1.\"é\"}\n", "\na = [[0[\"é\"]]]\n",
                          "\na = 2020-01-01 0\"é\"\n", "\na = {b.'c' = 1, d = 0'é'}\n", "\na = [[1], 0'é']\n"}) {
    EXPECT_EQ(error_of(bad),
              "f: line 2: not TOML: a stray quote, bracket or =, or a character other than ASCII outside of quotes")
        << bad;
  }
  EXPECT_NE(error_of("a = \"\"\"b\\\n  é\"\"\"\n"), "");  // TOML, but for the parser
}

}  // namespace
}  // namespace cnclip
