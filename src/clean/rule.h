// The rules of cleaning: why a record is dropped.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cnclip::clean {

// In the order in which they are asked; a record belongs to the first one that drops it.
enum class Rule : std::uint8_t {
  broken,          // not a record of its format, or not UTF-8
  length,          // characters of the caption
  chinese_share,   // share of Chinese characters among all but spaces
  url,             // the caption holds an address of the web
  file_name,       // the caption is or holds a file name
  advertising,     // patterns of the rules file
  blacklist,       // words and patterns of the rules file
  repeated,        // a caption that too many records share
  undecodable,     // the picture cannot be decoded, or is missing
  side,            // the shorter side of the picture
  aspect,          // the longer side through the shorter
  duplicate,       // the same picture (or url) with the same caption as an earlier record
  near_duplicate,  // a picture that looks like an earlier one
  leakage,         // a caption or picture of an evaluation set
  score,           // cosine of picture and caption
};
inline constexpr std::size_t kRules = 15;

inline constexpr std::array<std::string_view, kRules> kRuleNames = {
    "broken",      "length", "chinese_share", "url",       "file_name",      "advertising", "blacklist", "repeated",
    "undecodable", "side",   "aspect",        "duplicate", "near_duplicate", "leakage",     "score"};

constexpr std::string_view name_of(Rule rule) {
  return kRuleNames[static_cast<std::size_t>(rule)];
}

// Rules that apply only where the pictures themselves are at hand.
constexpr bool looks_at_pictures(Rule rule) {
  return rule == Rule::undecodable || rule == Rule::side || rule == Rule::aspect || rule == Rule::near_duplicate ||
         rule == Rule::score;
}

// An expected outcome, not an error.
struct Dropped {
  Rule rule;
  bool operator==(const Dropped&) const = default;
};

}  // namespace cnclip::clean
