// Which rules are on, and their numbers: a TOML file with a table for each rule.
//
//   [length]            least = 5, most = 50
//   [chinese_share]     least = 0.5
//   [url] [file_name] [advertising] [blacklist]
//                       words = ["…"], patterns = ["…"]   (RE2 syntax, case is ignored)
//   [repeated]          most = 10
//   [undecodable]
//   [side]              least = 200         [aspect]          most = 3.0
//   [duplicate]                             [near_duplicate]  distance = 4     (bits of 64, at most 8)
//   [leakage]           sets = ["…"], distance = 4
//   [score]             model = "…", least = 0.26
//
// A rule whose table is there is on, unless the table says `enabled = false`. Records that are broken always go.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clean/rule.h"

namespace cnclip::clean {

struct PatternRule {
  Rule rule = Rule::blacklist;
  std::vector<std::string> words;     // taken literally
  std::vector<std::string> patterns;  // known to be valid
};

struct Leakage {
  std::vector<std::string> sets;  // paths; relative ones lie beside the rules file
  int distance = 0;               // 0: pictures of the very same hash
};

struct Score {
  std::string model;
  double least = 0;
};

struct LengthLimits {
  int least = 0;
  int most = 0;
};

struct Rules {
  std::optional<LengthLimits> length;
  std::optional<double> chinese_share;
  std::vector<PatternRule> patterns;  // in the order of the rules
  std::optional<int> repeated;
  bool undecodable = false;
  std::optional<int> side;
  std::optional<double> aspect;
  bool duplicate = false;
  std::optional<int> near_duplicate;
  std::optional<Leakage> leakage;
  std::optional<Score> score;

  bool is_on(Rule rule) const;
  bool need_pictures() const;  // decoded ones
};

// Throws bad_input with file, line and value for what is not as described above.
Rules parse_rules(std::string_view toml, const std::string& file);
Rules read_rules(const std::filesystem::path& file);

}  // namespace cnclip::clean
