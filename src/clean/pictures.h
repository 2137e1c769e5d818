// The rules that look at pictures.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "clean/evaluation_sets.h"
#include "clean/facts.h"
#include "data/sources.h"

namespace cnclip::clean {

inline constexpr std::uint32_t kPasses = 255;  // where a verdict would be the number of a rule

struct PictureFacts {
  std::uint64_t id = 0;     // hash of its id
  std::uint64_t bytes = 0;  // hash of its file
  std::uint64_t looks = 0;  // perceptual hash
  std::uint32_t verdict = kPasses;
  std::uint32_t unused = 0;
};

// What can be said of a picture without decoding it.
PictureFacts identify_picture(const ImageItem& item);
// undecodable, side and aspect. What cannot be decoded is undecodable whether or not that rule is on: no other rule
// could look at it.
PictureFacts judge_picture(const ImageItem& item, const Rules& rules);

// All pictures of a source, judged. near_duplicate and leakage are decided here: among pictures that pass the rules
// before, in the order of the source, whatever becomes of their captions.
class Pictures {
 public:
  Pictures(const FactStore<PictureFacts>& store, const Rules& rules, const EvaluationSets& sets);

  // By hash of the id; nothing for a picture that is not there. Of several with one id, the first.
  std::optional<std::size_t> find(std::uint64_t id) const;
  std::optional<Rule> verdict(std::size_t picture) const;
  std::uint64_t bytes(std::size_t picture) const { return bytes_[picture]; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::vector<std::uint64_t> bytes_;
  std::vector<std::uint8_t> verdicts_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> places_;  // of each id, sorted
};

}  // namespace cnclip::clean
