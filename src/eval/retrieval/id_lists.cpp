#include "eval/retrieval/id_lists.h"

#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "base/lines.h"
#include "data/formats/bounded_json.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

struct Keys {
  const char *query, *ids;
};
Keys keys_of(RetrievalKind kind) {
  return kind == RetrievalKind::text_to_image ? Keys{"text_id", "image_ids"} : Keys{"image_id", "text_ids"};
}

// As Python's json.dumps does it.
std::string dumped(const Id& id) {
  return json_of(id).dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

std::string IdLists::place(const IdList& list) const {
  const std::string line = list.line > 0 ? fmt::format("line {}: ", list.line) : "";
  return fmt::format("{}: {}{} {}", name, line, query_word(), list.query.text);
}

std::string parse_id_list(std::string_view line, RetrievalKind& kind, IdList& list) {
  const Json json = parse_bounded_json(line);
  if (!json.is_object()) return "not a JSON object";
  for (const RetrievalKind each : {RetrievalKind::text_to_image, RetrievalKind::image_to_text}) {
    const auto [query_key, ids_key] = keys_of(each);
    if (!json.contains(query_key) || !json.contains(ids_key)) continue;
    const auto query = id_from_json(json[query_key]);
    if (!query) return fmt::format("\"{}\" is neither an integer nor a string", query_key);
    if (!json[ids_key].is_array()) return fmt::format("\"{}\" is not a list", ids_key);
    list.query = *query;
    list.ids.clear();
    for (const Json& value : json[ids_key]) {
      auto id = id_from_json(value);
      if (!id) return fmt::format("\"{}\": entry {} is neither an integer nor a string", ids_key, list.ids.size() + 1);
      list.ids.push_back(std::move(*id));
    }
    kind = each;
    return {};
  }
  return "neither \"text_id\" with \"image_ids\" nor \"image_id\" with \"text_ids\"";
}

IdLists read_id_lists(const std::filesystem::path& path) {
  LineReader lines(path, kMaxTextBytes);
  IdLists read;
  read.name = path.string();
  std::unordered_map<std::string, std::size_t> line_of;
  while (const auto line = lines.next()) {
    const std::string place = lines.place(*line);
    if (line->too_long) throw_bad_input("{}: more than {} bytes", place, kMaxTextBytes);
    IdList list;
    list.line = line->number;
    RetrievalKind kind{};
    if (const std::string problem = parse_id_list(line->text, kind, list); !problem.empty())
      throw_bad_input("{}: {}", place, problem);
    if (read.lists.empty()) read.kind = kind;
    if (kind != read.kind)
      throw_bad_input("{}: is about another {} than the lines above", place, keys_of(read.kind).query);
    const auto [at, added] = line_of.emplace(list.query.text, line->number);
    if (!added) throw_bad_input("{}: {} {} stands on line {} already", place, read.query_word(), at->first, at->second);
    read.lists.push_back(std::move(list));
  }
  if (read.lists.empty()) throw_bad_input("{}: no lines", read.name);
  return read;
}

void write_id_lists(const std::filesystem::path& path, const IdLists& lists) {
  const auto [query_key, ids_key] = keys_of(lists.kind);
  AtomicFile file(path);
  for (const IdList& list : lists.lists) {
    std::string ids;
    for (const Id& id : list.ids) ids += (ids.empty() ? "" : ", ") + dumped(id);
    file.write(fmt::format("{{\"{}\": {}, \"{}\": [{}]}}\n", query_key, dumped(list.query), ids_key, ids));
  }
  file.commit();
}

IdLists inverted(const IdLists& lists) {
  IdLists turned{
      lists.name,
      lists.kind == RetrievalKind::text_to_image ? RetrievalKind::image_to_text : RetrievalKind::text_to_image,
      {}};
  std::unordered_map<std::string, std::size_t> place_of;
  for (const IdList& list : lists.lists) {
    for (const Id& id : list.ids) {
      const auto [at, added] = place_of.emplace(id.text, turned.lists.size());
      if (added) turned.lists.push_back({id, {}, 0});
      turned.lists[at->second].ids.push_back(list.query);
    }
  }
  return turned;
}

}  // namespace cnclip
