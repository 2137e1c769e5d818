// A TOML tree that is read key by key, and errors that say where a setting was made.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cnclip {

class Section;

class Settings {
 public:
  // Throws bad_input for what is not TOML and for overrides that lead nowhere.
  Settings(std::string_view toml, std::string file, const std::vector<std::string>& overrides);
  Section root() const;
  // All that is set. Only for settings that were found sound.
  std::string to_json() const;

 private:
  friend class Section;
  void apply(const std::string& override);
  // "r.toml: line 3", or "override stage.0.lr=1" for what the command line set.
  std::string place(const std::string& path, const toml::node& node) const;

  toml::table table_;
  std::string file_;
  std::map<std::string, std::string> overridden_;  // path of the setting: the override
};

// One table. Every key must be asked for; finish() refuses the others.
class Section {
 public:
  Section(const Settings& settings, const toml::table& table, std::string path)
      : settings_(settings), table_(table), path_(std::move(path)) {}

  bool has(const char* key) const { return table_.contains(key); }
  // These leave `value` as it is where the key is missing.
  void text(const char* key, std::string& value);
  void texts(const char* key, std::vector<std::string>& value);
  void flag(const char* key, bool& value);
  void number(const char* key, double& value, double least, double most);
  template <class Int>
  void integer(const char* key, Int& value, std::int64_t least, std::int64_t most) {
    if (const auto found = whole(key, least, most)) value = static_cast<Int>(*found);
  }
  // The enumerators in the order of `names`.
  template <class Enum, std::size_t size>
  void choice(const char* key, Enum& value, const std::array<std::string_view, size>& names) {
    if (const auto found = one_of(key, names)) value = static_cast<Enum>(*found);
  }
  std::optional<Section> table(const char* key);
  std::vector<Section> tables(const char* key);  // none where the key is missing
  void finish() const;

  // Throws bad_input with the place of `key`, or of the table where the key is missing.
  [[noreturn]] void refuse(const char* key, const std::string& message) const;

 private:
  const toml::node* find(const char* key);
  std::string path_of(std::string_view key) const;
  std::optional<std::int64_t> whole(const char* key, std::int64_t least, std::int64_t most);
  std::optional<std::size_t> one_of(const char* key, std::span<const std::string_view> names);
  [[noreturn]] void fail(const toml::node& node, std::string_view key, const std::string& wanted) const;

  const Settings& settings_;
  const toml::table& table_;
  std::string path_;
  std::set<std::string> asked_;
};

}  // namespace cnclip
