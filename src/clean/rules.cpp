#include "clean/rules.h"

#include <re2/re2.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "model/toml_table.h"
#include "model/toml_text.h"

namespace cnclip::clean {
namespace {

constexpr std::size_t kMaxFile = 4 << 20;
constexpr int kMaxDistance = 8;

// The table of one rule. Every key must be asked for; finish() refuses the others.
class Section {
 public:
  Section(const toml::table& table, std::string name, const std::string& file)
      : table_(table), name_(std::move(name)), file_(file) {}

  bool enabled() { return boolean("enabled", true); }

  int integer(const char* key, int least, int most) {
    const toml::node& node = required(key);
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      fail(node, key, fmt::format("a whole number from {} to {}", least, most));
    }
    return static_cast<int>(*value);
  }
  double number(const char* key, double least, double most) {
    const toml::node& node = required(key);
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !(*value >= least && *value <= most))
      fail(node, key, fmt::format("a number from {} to {}", least, most));
    return *value;
  }
  std::string text(const char* key) {
    const toml::node& node = required(key);
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) fail(node, key, "a string");
    return *value;
  }
  std::vector<std::string> texts(const char* key) {
    asked_.insert(key);
    std::vector<std::string> all;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return all;
    if (!node->is_array()) fail(*node, key, "a list of strings");
    for (const toml::node& item : *node->as_array()) {
      const auto value = item.value_exact<std::string>();
      if (!value || value->empty()) fail(item, key, "a list of strings that are not empty");
      all.push_back(*value);
    }
    return all;
  }
  std::vector<std::string> patterns(const char* key) {
    std::vector<std::string> all = texts(key);
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(1 << 20);  // refuses patterns that unfold to something huge
    for (std::size_t i = 0; i < all.size(); ++i) {
      const RE2 pattern(all[i], options);
      if (pattern.ok()) continue;
      const toml::node& item = *table_.get(key)->as_array()->get(i);
      throw_bad_input("{}: line {}: {}.{} holds {}, which is no pattern: {}", file_, item.source().begin.line, name_,
                      key, shown(item), pattern.error());
    }
    return all;
  }
  void finish() {
    for (const auto& [key, value] : table_) {
      if (asked_.contains(std::string(key.str()))) continue;
      throw_bad_input("{}: line {}: {} has no setting \"{}\"", file_, value.source().begin.line, name_, key.str());
    }
  }

 private:
  const toml::node& required(const char* key) {
    asked_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) throw_bad_input("{}: line {}: {} needs {}", file_, table_.source().begin.line, name_, key);
    return *node;
  }
  bool boolean(const char* key, bool otherwise) {
    asked_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return otherwise;
    const auto value = node->value_exact<bool>();
    if (!value) fail(*node, key, "true or false");
    return *value;
  }
  [[noreturn]] void fail(const toml::node& node, const char* key, const std::string& wanted) const {
    throw_bad_input("{}: line {}: {}.{} is {}, {} is needed", file_, node.source().begin.line, name_, key, shown(node),
                    wanted);
  }

  const toml::table& table_;
  std::string name_;
  const std::string& file_;
  std::set<std::string> asked_;
};

LengthLimits read_length(Section& section) {
  return {section.integer("least", 0, 1 << 20), section.integer("most", 1, 1 << 20)};
}

void read_rule(Rules& rules, Rule rule, Section section) {
  Rules off;  // a rule that is off is read all the same, so that its mistakes are found
  Rules& into = section.enabled() ? rules : off;
  switch (rule) {
    case Rule::broken: break;
    case Rule::length: into.length = read_length(section); break;
    case Rule::chinese_share: into.chinese_share = section.number("least", 0, 1); break;
    case Rule::url:
    case Rule::file_name:
    case Rule::advertising:
    case Rule::blacklist: into.patterns.push_back({rule, section.texts("words"), section.patterns("patterns")}); break;
    case Rule::repeated: into.repeated = section.integer("most", 1, 254); break;
    case Rule::undecodable: into.undecodable = true; break;
    case Rule::side: into.side = section.integer("least", 1, 1 << 20); break;
    case Rule::aspect: into.aspect = section.number("most", 1, 1e6); break;
    case Rule::duplicate: into.duplicate = true; break;
    case Rule::near_duplicate: into.near_duplicate = section.integer("distance", 0, kMaxDistance); break;
    case Rule::leakage:
      into.leakage = Leakage{section.texts("sets"), section.integer("distance", 0, kMaxDistance)};
      break;
    case Rule::score: into.score = Score{section.text("model"), section.number("least", -1, 1)}; break;
  }
  section.finish();
}

}  // namespace

bool Rules::is_on(Rule rule) const {
  switch (rule) {
    case Rule::broken: return true;
    case Rule::length: return length.has_value();
    case Rule::chinese_share: return chinese_share.has_value();
    case Rule::repeated: return repeated.has_value();
    case Rule::undecodable: return undecodable;
    case Rule::side: return side.has_value();
    case Rule::aspect: return aspect.has_value();
    case Rule::duplicate: return duplicate;
    case Rule::near_duplicate: return near_duplicate.has_value();
    case Rule::leakage: return leakage.has_value();
    case Rule::score: return score.has_value();
    default:
      return std::any_of(patterns.begin(), patterns.end(), [&](const PatternRule& one) { return one.rule == rule; });
  }
}

bool Rules::need_pictures() const {
  return undecodable || side || aspect || near_duplicate || leakage || score;
}

Rules parse_rules(std::string_view toml, const std::string& file) {
  if (toml.size() > kMaxFile) throw_bad_input("{}: {} bytes is too much for rules", file, toml.size());
  Rules rules;
  const toml::table table = parse_toml_table(toml, file);
  for (const auto& [key, value] : table) {
    const auto name = std::find(kRuleNames.begin() + 1, kRuleNames.end(), key.str());
    const auto line = value.source().begin.line;
    if (name == kRuleNames.end()) throw_bad_input("{}: line {}: there is no rule \"{}\"", file, line, key.str());
    if (!value.is_table()) {
      throw_bad_input("{}: line {}: {} is {}, a table is needed", file, line, key.str(), shown(value));
    }
    read_rule(rules, static_cast<Rule>(name - kRuleNames.begin()),
              Section(*value.as_table(), std::string(*name), file));
  }
  std::sort(rules.patterns.begin(), rules.patterns.end(),
            [](const PatternRule& a, const PatternRule& b) { return a.rule < b.rule; });
  return rules;
}

Rules read_rules(const std::filesystem::path& file) {
  Rules rules = parse_rules(read_file(file, kMaxFile), file.string());
  if (rules.leakage) {
    for (std::string& set : rules.leakage->sets) set = file.parent_path() / set;
  }
  return rules;
}

}  // namespace cnclip::clean
