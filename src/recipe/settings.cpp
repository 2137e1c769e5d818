#include "recipe/settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "model/toml_json.h"
#include "model/toml_table.h"
#include "model/toml_text.h"

namespace cnclip {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;
constexpr std::size_t kMaxKey = 200;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char from : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (from != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// TOML, or a string where it is none: paths need no quotes.
toml::table parse_value(const std::string& text) {
  try {
    toml::table parsed = parse_toml_table("value = " + text, text);
    if (parsed.size() == 1) return parsed;
  } catch (const Error&) {
  }
  return toml::table{{"value", text}};
}

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream stream(path);
  for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
  return parts;
}

bool is_index(const std::string& part) {
  return part.size() < 6 && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Settings::Settings(std::string_view toml, std::string file, const std::vector<std::string>& overrides)
    : file_(std::move(file)) {
  if (toml.size() > kMaxFile) throw_bad_input("{}: {} bytes is too much for a recipe", file_, toml.size());
  table_ = parse_toml_table(toml, file_);
  for (const std::string& override : overrides) apply(override);
}

Section Settings::root() const {
  return {*this, table_, ""};
}

std::string Settings::to_json() const {
  // Paths that the command line set may be any bytes.
  return cnclip::to_json(table_, file_).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Settings::apply(const std::string& override) {
  const std::size_t equals = override.find('=');
  const std::string path = override.substr(0, equals);
  const std::vector<std::string> parts = split(path);
  if (equals == std::string::npos || path.size() > kMaxKey || parts.empty() || path.back() == '.' ||
      std::count(parts.begin(), parts.end(), "") > 0) {
    throw_bad_input("override {}: key=value is needed, such as stage.0.lr=1e-4", override);
  }
  toml::node* node = &table_;
  for (auto part = parts.begin(); part + 1 != parts.end(); ++part) {
    if (toml::array* list = node->as_array()) {
      node = is_index(*part) ? list->get(std::stoul(*part)) : nullptr;
      if (node == nullptr) throw_bad_input("override {}: of {} entries, {} is none", override, list->size(), *part);
    } else if (toml::table* table = node->as_table()) {
      node = &table->insert(*part, toml::table{}).first->second;
    }
  }
  if (!node->is_table()) throw_bad_input("override {}: {} is no table", override, path.substr(0, path.rfind('.')));
  toml::table parsed = parse_value(override.substr(equals + 1));
  parsed.begin()->second.visit([&](auto& value) {
    if constexpr (toml::is_table<decltype(value)>) {
      throw_bad_input("override {}: one value or a list of values is needed", override);
    } else {
      node->as_table()->insert_or_assign(parts.back(), std::move(value));
    }
  });
  overridden_[path] = override;
}

std::string Settings::place(const std::string& path, const toml::node& node) const {
  const auto found = overridden_.find(path);
  if (found != overridden_.end()) return "override " + found->second;
  const auto line = node.source().begin.line;
  return line == 0 ? file_ : fmt::format("{}: line {}", file_, line);
}

void Section::text(const char* key, std::string& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto found = node->value_exact<std::string>();
  if (!found || found->empty()) fail(*node, key, "a string that is not empty");
  value = *found;
}

void Section::texts(const char* key, std::vector<std::string>& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const toml::array* list = node->as_array();
  if (list == nullptr) fail(*node, key, "a list of strings");
  value.clear();
  for (const toml::node& item : *list) {
    const auto found = item.value_exact<std::string>();
    if (!found) fail(*node, key, "a list of strings");
    value.push_back(*found);
  }
}

void Section::flag(const char* key, bool& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto found = node->value_exact<bool>();
  if (!found) fail(*node, key, "true or false");
  value = *found;
}

void Section::number(const char* key, double& value, double least, double most) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto found = node->is_number() ? node->value<double>() : std::nullopt;
  if (!found || !(*found >= least && *found <= most))
    fail(*node, key, fmt::format("a number from {} to {}", least, most));
  value = *found;
}

std::optional<Section> Section::table(const char* key) {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  if (!node->is_table()) fail(*node, key, "a table");
  return Section(settings_, *node->as_table(), path_of(key));
}

std::vector<Section> Section::tables(const char* key) {
  const toml::node* node = find(key);
  std::vector<Section> all;
  if (node == nullptr) return all;
  const toml::array* list = node->as_array();
  if (list == nullptr) fail(*node, key, fmt::format("a list of tables, each headed [[{}]],", key));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const toml::node& item = *list->get(i);
    const std::string name = fmt::format("{}.{}", key, i);
    if (!item.is_table()) fail(item, name, "a table");
    all.emplace_back(settings_, *item.as_table(), path_of(name));
  }
  return all;
}

void Section::finish() const {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (asked_.contains(name)) continue;
    const auto nearest = std::min_element(asked_.begin(), asked_.end(), [&](const auto& a, const auto& b) {
      return edit_distance(name.substr(0, kMaxKey), a) < edit_distance(name.substr(0, kMaxKey), b);
    });
    throw_bad_input("{}: there is no setting {}; did you mean {}?", settings_.place(path_of(name), node), path_of(name),
                    path_of(*nearest));
  }
}

void Section::refuse(const char* key, const std::string& message) const {
  const toml::node* node = table_.get(key);
  throw_bad_input("{}: {}", settings_.place(path_of(key), node != nullptr ? *node : table_), message);
}

const toml::node* Section::find(const char* key) {
  asked_.insert(key);
  return table_.get(key);
}

std::string Section::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

std::optional<std::int64_t> Section::whole(const char* key, std::int64_t least, std::int64_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  const auto found = node->value_exact<std::int64_t>();
  if (!found || *found < least || *found > most)
    fail(*node, key, fmt::format("a whole number from {} to {}", least, most));
  return found;
}

std::optional<std::size_t> Section::one_of(const char* key, std::span<const std::string_view> names) {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  const auto value = node->value_exact<std::string>();
  const auto found = value ? std::find(names.begin(), names.end(), *value) : names.end();
  if (found == names.end()) fail(*node, key, fmt::format("one of {}", fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - names.begin());
}

void Section::fail(const toml::node& node, std::string_view key, const std::string& wanted) const {
  throw_bad_input("{}: {} is {}, {} is needed", settings_.place(path_of(key), node), path_of(key), shown(node), wanted);
}

}  // namespace cnclip
