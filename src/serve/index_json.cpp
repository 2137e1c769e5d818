#include "serve/index_json.h"

#include <nlohmann/json.hpp>

namespace cnclip::serve {
namespace {

using OrderedJson = nlohmann::ordered_json;

const char* name_of(UpdateState::Phase phase) {
  switch (phase) {
    case UpdateState::Phase::idle: return "idle";
    case UpdateState::Phase::running: return "running";
    case UpdateState::Phase::paused: return "paused";
    case UpdateState::Phase::failed: break;
  }
  return "failed";
}

OrderedJson update_json(const UpdateState& update) {
  return {{"state", name_of(update.phase)},
          {"done", update.done},
          {"of", update.of ? OrderedJson(*update.of) : OrderedJson()},
          {"added", update.report.added},
          {"changed", update.report.changed},
          {"removed", update.report.removed},
          {"errors", update.report.errors},
          {"seconds", update.seconds},
          {"seconds_left", update.seconds_left ? OrderedJson(*update.seconds_left) : OrderedJson()},
          {"message", update.message.empty() ? OrderedJson() : OrderedJson(update.message)}};
}

}  // namespace

std::string index_json(const search::Library& library, const std::vector<std::string>& folders,
                       const UpdateState& update) {
  const search::Library::Snapshot one_moment(library);
  const search::ModelStamp model = library.model();
  const search::Counts counts = library.counts();
  OrderedJson sources = OrderedJson::array(), tags = OrderedJson::array();
  for (const search::LibrarySource& source : library.sources()) sources.push_back(source.path);
  for (const auto& [tag, count] : library.tags()) tags.push_back(tag);
  const OrderedJson json = {{"pictures", counts.searchable},    {"errors", counts.broken},
                            {"waiting", counts.waiting},        {"model", model.name},
                            {"fingerprint", model.fingerprint}, {"width", model.width},
                            {"sources", std::move(sources)},    {"folders", folders},
                            {"tags", std::move(tags)},          {"update", update_json(update)}};
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);  // paths may be any bytes
}

}  // namespace cnclip::serve
