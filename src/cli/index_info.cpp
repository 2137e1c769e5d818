#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "search/indexing/duplicates.h"
#include "search/indexing/model_stamp.h"
#include "search/library/schema.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

Json json_of(const search::ModelStamp& model) {
  return {{"name", model.name},
          {"path", model.path},
          {"fingerprint", model.fingerprint},
          {"width", model.width},
          {"image_size", model.image_size},
          {"transform", model.transform},
          {"decode", model.fast_decode ? "fast" : "exact"},
          {"exif_orientation", model.oriented},
          {"precision", model.precision}};
}

std::uintmax_t size_of(const fs::path& file) {
  std::error_code none;
  const auto size = fs::file_size(file, none);
  return none ? 0 : size;
}

Json info_of(const search::Library& library) {
  const search::Counts counts = library.counts();
  Json json = {{"model", json_of(library.model())}, {"pictures", counts.pictures}, {"searchable", counts.searchable},
               {"contents", counts.contents},       {"waiting", counts.waiting},   {"missing", counts.missing},
               {"broken", counts.broken},           {"version", library.version()}};
  if (const auto next = library.next_model()) {
    json["migration"] = {{"model", json_of(*next)}, {"left", library.contents_to_migrate()}};
  }
  json["bytes"] = {{"library", size_of(library.folder() / search::kLibraryFile)},
                   {"log", size_of(library.folder() / (std::string(search::kLibraryFile) + "-wal"))},
                   {"thumbnails", size_of(library.folder() / "thumbnails.sqlite")}};
  if (const auto server = library.vector_server())
    json["store"] = {{"address", server->address}, {"unsent", counts.unsent}};
  json["sources"] = Json::array();
  for (const search::LibrarySource& source : library.sources()) {
    json["sources"].push_back(
        {{"path", source.path}, {"kind", search::name_of(source.kind)}, {"problem", source.problem}});
  }
  json["tags"] = Json::object();
  for (const auto& [tag, count] : library.tags()) json["tags"][tag] = count;
  json["errors"] = Json::array();
  library.visit_broken([&](const search::Picture& picture) {
    json["errors"].push_back({{"path", library.location(picture)}, {"error", picture.error}});
  });
  return json;
}

// What `info` has of the library, for people.
void print_info(const search::Library& library, const Json& info) {
  fmt::print("{}: {} pictures, {} searchable ({} different), {} waiting, {} broken\n", library.folder().string(),
             info["pictures"].get<std::int64_t>(), info["searchable"].get<std::int64_t>(),
             info["contents"].get<std::int64_t>(), info["waiting"].get<std::int64_t>(),
             info["broken"].get<std::int64_t>());
  fmt::print("model    {}\n", search::describe(library.model()));
  if (const auto next = library.next_model()) {
    fmt::print("migrates to {}, {} pictures left\n", search::describe(*next),
               info["migration"]["left"].get<std::int64_t>());
  }
  if (info.contains("store")) {
    const auto unsent = info["store"]["unsent"].get<std::int64_t>();
    fmt::print("vectors  {}{}\n", info["store"]["address"].get<std::string>(),
               unsent > 0 ? fmt::format(", {} pictures to be sent: `cnclip index update`", unsent) : "");
  }
  constexpr double kMegabyte = 1 << 20;
  fmt::print("files    {:.1f} MiB of library, {:.1f} MiB of thumbnails\n",
             static_cast<double>(info["bytes"]["library"].get<std::int64_t>()) / kMegabyte,
             static_cast<double>(info["bytes"]["thumbnails"].get<std::int64_t>()) / kMegabyte);
  for (const Json& source : info["sources"]) {
    const auto problem = source["problem"].get<std::string>();
    fmt::print("source   {} ({}){}\n", source["path"].get<std::string>(), source["kind"].get<std::string>(),
               problem.empty() ? "" : ": " + problem);
  }
  for (const auto& [tag, count] : info["tags"].items())
    fmt::print("tag      {} ({})\n", tag, count.get<std::int64_t>());
  for (const Json& broken : info["errors"]) fmt::print("error    {}\n", broken["error"].get<std::string>());
}

void print_duplicates(const search::Library& library, int distance, bool json) {
  Json groups = Json::array();
  for (const search::DuplicateGroup& group : search::find_duplicates(library, distance)) {
    Json paths = Json::array();
    for (const search::Row row : group.rows) paths.push_back(library.location(library.picture(row).value()));
    groups.push_back({{"kind", group.exact ? "exact" : "near"}, {"paths", std::move(paths)}});
  }
  if (json) {
    print_json(groups);
    return;
  }
  for (const Json& group : groups) {
    fmt::print("{}\n", group["kind"].get<std::string>());
    for (const Json& path : group["paths"]) fmt::print("  {}\n", path.get<std::string>());
  }
}

}  // namespace

void add_index_info(CLI::App& group) {
  struct Options {
    std::string index;
    bool json = false, duplicates = false;
    int distance = 4;
  };
  auto* command = group.add_subcommand("info", "What is in an index, what is wrong with it, what is left to do");
  auto options = std::make_shared<Options>();
  command->add_option("index", options->index, "Folder of the index")->required();
  auto* duplicates = command->add_flag("--duplicates", options->duplicates, "Pictures that are there more than once");
  command->add_option("--distance", options->distance, "How different near duplicates may be: bits of 64")
      ->check(CLI::Range(0, 8))
      ->needs(duplicates);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options] {
    const search::Library library(options->index);
    const search::Library::Snapshot snapshot(library);
    if (options->duplicates) {
      print_duplicates(library, options->distance, options->json);
      return;
    }
    const Json info = info_of(library);
    if (options->json)
      print_json(info);
    else
      print_info(library, info);
  });
}

}  // namespace cnclip
