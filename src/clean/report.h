// The funnel: how many records each rule met and dropped, with examples.
#pragma once

#include <string>
#include <vector>

#include "clean/rule.h"

namespace cnclip::clean {

struct Example {
  std::size_t row = 0;  // counted from 1
  std::string caption;
  std::string picture;    // its url or id
  std::string thumbnail;  // a JPEG file, or empty
};

struct Step {
  Rule rule = Rule::broken;
  std::size_t in = 0;
  std::size_t dropped = 0;
  std::vector<Example> examples;  // the first ones
};

struct Report {
  std::string source;
  std::string rules;
  std::size_t rows = 0;
  std::size_t kept = 0;
  std::vector<Step> steps;        // of the rules that are on, in order
  std::vector<Rule> not_applied;  // on, but there are no pictures to look at
};

inline constexpr std::size_t kExamples = 12;

std::string to_table(const Report& report);  // of text
std::string to_json(const Report& report);
std::string to_html(const Report& report);  // one file that needs no other; texts from records are escaped

}  // namespace cnclip::clean
