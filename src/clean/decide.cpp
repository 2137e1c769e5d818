#include "clean/decide.h"

namespace cnclip::clean {
namespace {

class Decider {
 public:
  Decider(const Rules& rules, const Pictures* pictures, const EvaluationSets& sets)
      : rules_(rules), pictures_(pictures), sets_(sets) {}

  void count(const RowFacts& row) {
    if (rules_.repeated && row.verdict == kPasses) captions_.add(row.caption);
  }

  std::optional<Rule> decide(const RowFacts& row) {
    if (row.verdict != kPasses) return static_cast<Rule>(row.verdict);
    if (rules_.repeated && captions_.count(row.caption) > static_cast<unsigned>(*rules_.repeated)) {
      return Rule::repeated;
    }
    std::uint64_t picture = row.picture;
    std::optional<Rule> of_picture;
    if (pictures_ != nullptr) {
      const auto found = pictures_->find(row.picture);
      if (found) picture = pictures_->bytes(*found);
      of_picture = found ? pictures_->verdict(*found) : Rule::undecodable;
      if (of_picture && !rules_.is_on(*of_picture)) of_picture.reset();
    }
    if (of_picture && *of_picture < Rule::duplicate) return of_picture;
    if (rules_.duplicate && pairs_.add(mixed(row.caption ^ 0x9e3779b97f4a7c15u, picture)) > 1) return Rule::duplicate;
    if (of_picture && *of_picture == Rule::near_duplicate) return of_picture;
    if (rules_.leakage && sets_.captions.count(row.caption) > 0) return Rule::leakage;
    return of_picture;
  }

 private:
  const Rules& rules_;
  const Pictures* pictures_;
  const EvaluationSets& sets_;
  Tally captions_, pairs_;
};

}  // namespace

std::vector<std::uint8_t> decide(const FactStore<RowFacts>& store, const Rules& rules, const Pictures* pictures,
                                 const EvaluationSets& sets) {
  Decider decider(rules, pictures, sets);
  FactReader<RowFacts> counted(store);
  while (const RowFacts* row = counted.next()) decider.count(*row);
  std::vector<std::uint8_t> verdicts;
  FactReader<RowFacts> decided(store);
  while (const RowFacts* row = decided.next()) {
    const std::optional<Rule> rule = decider.decide(*row);
    verdicts.push_back(static_cast<std::uint8_t>(rule ? static_cast<std::uint32_t>(*rule) : kPasses));
  }
  return verdicts;
}

}  // namespace cnclip::clean
