#include "vectors/feature_line.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace cnclip {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Walks over one JSON object. Numbers of the feature are read where they stand, a hundred times as many as there is
// of anything else; all other values go through the JSON library.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() {
    skip_space();
    return rest_.empty();
  }
  // The next number; nothing when there is none. It may be infinite or no number, as Python writes them.
  std::optional<double> number() {
    skip_space();
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error == std::errc::invalid_argument) return {};
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return error == std::errc() ? value : HUGE_VAL;
  }
  // The text of the next value: up to the comma or bracket that ends it.
  std::string_view value() {
    skip_space();
    int depth = 0;
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quoted && c == '\\')
        ++i;
      else if (c == '"')
        quoted = !quoted;
      else if (!quoted && depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']'))
        break;
      else if (!quoted && (c == '[' || c == '{'))
        ++depth;
      else if (!quoted && (c == ']' || c == '}'))
        --depth;
    }
    const std::string_view text = rest_.substr(0, i);
    rest_.remove_prefix(text.size());
    return text;
  }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size())); }

  std::string_view rest_;
};

std::string read_values(Scanner& scanner, std::vector<float>& values) {
  if (!scanner.take('[')) return "\"feature\" is not a list";
  if (scanner.take(']')) return {};
  do {
    const auto value = scanner.number();
    if (!value) return fmt::format("\"feature\": value {} is not a number", values.size() + 1);
    values.push_back(static_cast<float>(*value));
    if (!std::isfinite(values.back()))
      return fmt::format("\"feature\": value {} is {}, which is not finite in float32", values.size(), *value);
  } while (scanner.take(','));
  return scanner.take(']') ? "" : fmt::format("\"feature\": no comma behind value {}", values.size());
}

// An integer as it is written, or the characters of a string.
std::string read_id(std::string_view text, std::string_view key, std::optional<std::string>& id) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_string())
    id = json.get<std::string>();
  else if (json.is_number_integer())
    id = json.dump();
  else
    return fmt::format("\"{}\" is neither an integer nor a string", key);
  if (id->empty() || id->find('\n') != std::string::npos)
    return fmt::format("\"{}\" is empty, or has a line end in it", key);
  return {};
}

}  // namespace

std::string parse_feature_line(std::string_view line, std::string_view id_key, std::string& id,
                               std::vector<float>& values) {
  values.clear();
  std::optional<std::string> found;
  bool has_feature = false;
  Scanner scanner(line);
  if (!scanner.take('{')) return "not a JSON object";
  if (!scanner.take('}')) {
    do {
      const auto key = nlohmann::json::parse(scanner.value(), nullptr, false);
      if (!key.is_string() || !scanner.take(':')) return "not a JSON object";
      const auto& name = key.get_ref<const std::string&>();
      if (name == "feature") {
        if (std::exchange(has_feature, true)) return "\"feature\" stands twice";
        if (std::string problem = read_values(scanner, values); !problem.empty()) return problem;
      } else if (name == id_key) {
        if (found) return fmt::format("\"{}\" stands twice", id_key);
        if (std::string problem = read_id(scanner.value(), id_key, found); !problem.empty()) return problem;
      } else if (!nlohmann::json::accept(scanner.value())) {
        return fmt::format("\"{}\": not JSON", name);
      }
    } while (scanner.take(','));
    if (!scanner.take('}')) return "not a JSON object";
  }
  if (!scanner.at_end()) return "there is more behind the JSON object";
  if (!found) return fmt::format("no \"{}\"", id_key);
  if (values.empty()) return has_feature ? "\"feature\" holds no values" : "no \"feature\"";
  id = std::move(*found);
  return {};
}

}  // namespace cnclip
