#include "serve/search_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "serve/iso_time.h"

namespace cnclip::serve {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string dump(const OrderedJson& json) {
  // Paths may be any bytes.
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

OrderedJson hit_json(const search::Hit& hit) {
  const std::filesystem::path path(hit.location);
  const std::string address = fmt::format("/v1/pictures/{}", hit.picture.row);
  return {{"row", hit.picture.row},
          {"id", hit.picture.path},
          {"path", hit.location},
          {"name", path.filename().string()},
          {"folder", path.parent_path().string()},
          {"cosine", hit.cosine},
          {"relevance", hit.relevance},
          {"width", hit.picture.width},
          {"height", hit.picture.height},
          {"bytes", hit.picture.bytes},
          {"modified", iso_time(hit.picture.modified)},
          {"tags", hit.picture.tags},
          {"thumbnail", address + "/thumbnail"},
          {"original", address}};
}

}  // namespace

std::string search_json(const std::optional<std::string>& text, const search::Answer& answer, double seconds) {
  OrderedJson results = OrderedJson::array();
  for (const search::Hit& hit : answer.hits) results.push_back(hit_json(hit));
  return dump({{"query", text ? OrderedJson(*text) : OrderedJson()},
               {"nothing_matches", answer.nothing_matches},
               {"truncated", std::ranges::find(answer.truncated, true) != answer.truncated.end()},
               {"seconds", seconds},
               {"searched", answer.searched},
               {"results", std::move(results)}});
}

}  // namespace cnclip::serve
