#include "serve/search_request.h"

#include "search/library/day.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

constexpr std::int64_t kMostResults = 500;
constexpr std::size_t kMostTags = 32, kTagBytes = 1024, kFolderBytes = 4096;

// Nanoseconds since 1970 of a day's beginning, UTC.
std::optional<std::int64_t> day(const Fields& fields, const char* name) {
  const auto text = fields.text(name);
  if (!text) return {};
  if (const auto begin = search::day_begin(*text)) return begin;
  throw_bad_field(fields.path(name), "invalid_date", "is no date of the form 2026-01-31");
}

std::vector<std::string> tags(const Fields& fields) {
  std::vector<std::string> found;
  const Json* value = fields.find("tags");
  if (value == nullptr) return found;
  const std::string place = fields.path("tags");
  if (!value->is_array()) throw_bad_field(place, "wrong_type", "{}, an array is wanted", kind_of(*value));
  if (value->size() > kMostTags) throw_bad_field(place, "too_many_items", "has over {} tags", kMostTags);
  for (const Json& tag : *value) {
    if (!tag.is_string()) throw_bad_field(place, "wrong_type", "{}, a string is wanted", kind_of(tag));
    found.push_back(tag.get<std::string>());
    if (found.back().size() > kTagBytes) throw_bad_field(place, "text_too_long", "a tag has over {} bytes", kTagBytes);
  }
  return found;
}

search::Filter parse_filter(const Json& value) {
  const Fields fields(value, "filter",
                      {"folder", "after", "before", "min_bytes", "max_bytes", "min_width", "min_height", "tags"});
  search::Filter filter;
  filter.folder = fields.text("folder");
  if (filter.folder && filter.folder->size() > kFolderBytes) {
    throw_bad_field("filter.folder", "text_too_long", "has over {} bytes", kFolderBytes);
  }
  filter.modified_from = day(fields, "after");
  filter.modified_to = day(fields, "before");
  if (filter.modified_to) *filter.modified_to += search::kDayNanoseconds - 1;  // the whole day
  filter.bytes_from = fields.whole("min_bytes", 0, INT64_MAX);
  filter.bytes_to = fields.whole("max_bytes", 0, INT64_MAX);
  const auto pixels = [&](const char* name) -> std::optional<int> {
    const auto found = fields.whole(name, 0, 1 << 30);
    return found ? std::optional(static_cast<int>(*found)) : std::nullopt;
  };
  filter.width_from = pixels("min_width");
  filter.height_from = pixels("min_height");
  filter.tags = tags(fields);
  return filter;
}

}  // namespace

SearchRequest parse_search(const Json& body, const Limits& limits) {
  const Fields fields(body, "", {"text", "image", "row", "image_weight", "negative", "k", "filter"});
  SearchRequest request;
  for (const auto& [name, target] : {std::pair("text", &request.text), std::pair("negative", &request.negative)}) {
    if (const Json* value = fields.find(name)) *target = text_input(*value, name, limits).bytes;
  }
  if (const Json* image = fields.find("image")) request.picture = picture_input(*image, "image");
  request.row = fields.whole("row", 1, INT64_MAX);
  request.image_weight = fields.number("image_weight", 0, 1).value_or(request.image_weight);
  request.k = fields.whole("k", 1, kMostResults).value_or(request.k);
  if (const Json* filter = fields.find("filter")) request.filter = parse_filter(*filter);
  if (!request.text && !request.picture && !request.row) {
    throw_bad_field("text", "missing_field", "one of text, image and row is wanted");
  }
  return request;
}

}  // namespace cnclip::serve
