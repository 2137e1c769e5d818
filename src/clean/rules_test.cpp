#include "clean/rules.h"

#include <gtest/gtest.h>

#include "cnclip/error.h"

namespace cnclip::clean {
namespace {

std::string error_of(std::string_view toml) {
  try {
    parse_rules(toml, "r.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    return error.what();
  }
  return "no error";
}

TEST(RulesFile, RulesAreOnWhereTheirTablesAre) {
  const Rules rules = parse_rules(
      "[length]\nleast = 5\nmost = 50\n[blacklist]\nwords = ['广告']\n[side]\nenabled = false\nleast = "
      "200\n[aspect]\nmost = 3\n",
      "r.toml");
  EXPECT_EQ(rules.length->least, 5);
  EXPECT_EQ(rules.length->most, 50);
  EXPECT_TRUE(rules.is_on(Rule::broken));
  EXPECT_TRUE(rules.is_on(Rule::blacklist));
  EXPECT_FALSE(rules.is_on(Rule::side));
  EXPECT_FALSE(rules.is_on(Rule::url));
  EXPECT_EQ(rules.aspect, 3.0);
}

TEST(RulesFile, MistakesAreNamedWithFileLineAndValue) {
  EXPECT_EQ(error_of("[length]\nleast = 5\n[lenght]\nmost = 3\n"), "r.toml: line 3: there is no rule \"lenght\"");
  EXPECT_EQ(error_of("\n[length]\nleast = '5'\nmost = 50\n"),
            "r.toml: line 3: length.least is '5', a whole number from 0 to 1048576 is needed");
  EXPECT_EQ(error_of("[length]\nleast = 5\n"), "r.toml: line 1: length needs most");
  EXPECT_EQ(error_of("[repeated]\nmost = 10\nmots = 1\n"), "r.toml: line 3: repeated has no setting \"mots\"");
  EXPECT_EQ(error_of("[chinese_share]\nleast = nan\n"),
            "r.toml: line 2: chinese_share.least is nan, a number from 0 to 1 is needed");
  EXPECT_EQ(error_of("side = 3\n"), "r.toml: line 1: side is 3, a table is needed");
  EXPECT_EQ(error_of("[url]\npatterns = 'a'\n"), "r.toml: line 2: url.patterns is 'a', a list of strings is needed");
  EXPECT_EQ(error_of("[url]\npatterns = [\n  'a',\n  '(b',\n]\n"),
            "r.toml: line 4: url.patterns holds '(b', which is no pattern: missing ): (b");
  EXPECT_EQ(error_of("[length\n").substr(0, 26), "r.toml: line 1: not TOML: ");
  EXPECT_EQ(error_of("[length]\nleast = 5\u022f\n"),  // which toml++ has no defined behaviour for
            "r.toml: line 2: not TOML: a stray quote, bracket or =, or a character other than ASCII outside of quotes");
  EXPECT_EQ(error_of("[broken]\n"), "r.toml: line 1: there is no rule \"broken\"");
}

TEST(RulesFile, ARuleThatIsOffIsReadAllTheSame) {
  EXPECT_EQ(error_of("[side]\nenabled = false\nleast = true\n"),
            "r.toml: line 3: side.least is true, a whole number from 1 to 1048576 is needed");
}

TEST(RulesFile, PatternsThatUnfoldToSomethingHugeAreRefused) {
  EXPECT_NE(error_of("[url]\npatterns = ['((a{100}){100}){100}']\n"), "no error");
  EXPECT_NE(error_of("[url]\npatterns = ['(a)\\1']\n"), "no error");  // back references take exponential time
}

TEST(RulesFile, DeepNestingAndGreatSizeAreRefused) {
  EXPECT_EQ(error_of("a = " + std::string(5000, '[')), "r.toml: too deeply nested");
  EXPECT_EQ(error_of(std::string((4 << 20) + 1, '#')), "r.toml: 4194305 bytes is too much for rules");
}

}  // namespace
}  // namespace cnclip::clean
