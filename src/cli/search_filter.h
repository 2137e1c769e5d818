// The options that narrow a search.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "search/library/day.h"
#include "search/library/picture.h"

namespace cnclip {

inline std::int64_t day_begin(const std::string& day) {
  const auto begin = search::day_begin(day);
  if (!begin) throw_usage("{}: a day is written 2024-05-31", day);
  return *begin;
}

struct SearchFilterChoice {
  std::string folder, after, before;
  std::optional<std::int64_t> least_bytes, most_bytes;
  std::optional<int> least_width, least_height;
  std::vector<std::string> tags, without_tags;

  void add_to(CLI::App& command) {
    command.add_option("--folder", folder, "Only pictures in this folder and below");
    command.add_option("--after", after, "Only files changed on this day (YYYY-MM-DD, UTC) or later");
    command.add_option("--before", before, "Only files changed before this day");
    command.add_option("--min-size", least_bytes, "Only files of at least so many bytes (suffix k, m or g)")
        ->transform(CLI::AsSizeValue(false));
    command.add_option("--max-size", most_bytes, "Only files of at most so many bytes")
        ->transform(CLI::AsSizeValue(false));
    command.add_option("--min-width", least_width, "Only pictures at least so many pixels wide");
    command.add_option("--min-height", least_height, "Only pictures at least so many pixels high");
    command.add_option("--tag", tags, "Only pictures with this tag; repeat it for several, all of them");
    command.add_option("--without-tag", without_tags, "Only pictures without this tag; repeat it");
  }

  search::Filter filter() const {
    search::Filter filter;
    if (!folder.empty()) filter.folder = folder;
    if (!after.empty()) filter.modified_from = day_begin(after);
    if (!before.empty()) filter.modified_to = day_begin(before) - 1;
    filter.bytes_from = least_bytes;
    filter.bytes_to = most_bytes;
    filter.width_from = least_width;
    filter.height_from = least_height;
    filter.tags = tags;
    filter.without_tags = without_tags;
    return filter;
  }
};

}  // namespace cnclip
