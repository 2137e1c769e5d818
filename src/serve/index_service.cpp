#include "serve/index_service.h"

#include <charconv>

#include "search/indexing/indexer.h"
#include "search/library/folders.h"
#include "serve/api_error.h"
#include "serve/index_json.h"
#include "serve/json_body.h"
#include "serve/stored_pictures.h"

namespace cnclip::serve {
namespace {

constexpr std::size_t kMostFolders = 1000;
constexpr Milliseconds kFoldersKept{10'000};  // while an update changes the index all the time

search::Row row_of(const Call& call) {
  const std::string& text = call.parts.front();
  search::Row row = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
  if (error != std::errc() || end != text.data() + text.size() || row < 1) throw_no_picture();
  return row;
}

}  // namespace

IndexService::IndexService(std::filesystem::path index, const EncoderOptions& encoder, const Limits& limits,
                           std::function<void()> updated)
    : libraries_(std::move(index)),
      encoder_(encoder),
      limits_(limits),
      updated_(std::move(updated)),
      updates_([this](const search::UpdateControl& control) { return update(control); }) {}

std::vector<Route> IndexService::routes() {
  using Key = Route::Key;
  using Body = Route::Body;
  const auto told = [this](int status, auto change) {
    return [this, status, change](const Call& call) {
      Fields(parse_json(call.http.body, limits_), "", {});
      change();
      HttpReply reply = index();
      reply.status = status;
      return reply;
    };
  };
  const auto picture = [this](auto reply) {
    return [this, reply](const Call& call) {
      return libraries_.with(
          [&](const search::Library& library) { return reply(library, row_of(call), call.http.if_none_match); });
    };
  };
  return {
      {"GET", "/v1/index", Key::needed, Body::none, [this](const Call&) { return index(); }},
      {"POST", "/v1/index/update", Key::needed, Body::json, told(202, [this] { updates_.begin(); })},
      {"POST", "/v1/index/pause", Key::needed, Body::json, told(200, [this] { updates_.pause(); })},
      {"POST", "/v1/index/resume", Key::needed, Body::json, told(200, [this] { updates_.resume(); })},
      {"GET", "/v1/pictures/{row}", Key::needed, Body::none, picture(stored_original)},
      {"GET", "/v1/pictures/{row}/thumbnail", Key::needed, Body::none, picture(stored_thumbnail)},
  };
}

HttpReply IndexService::index() {
  std::string json = libraries_.with(
      [&](const search::Library& library) { return index_json(library, folders(library), updates_.state()); });
  return {200, "application/json", std::move(json), {}};
}

std::vector<std::string> IndexService::folders(const search::Library& library) {
  const std::lock_guard lock(folders_mutex_);
  const std::int64_t version = library.version();
  if (version != folders_version_ && Clock::now() >= folders_until_) {
    folders_ = search::folders_of(library, kMostFolders);
    folders_version_ = version;
    folders_until_ = Clock::now() + kFoldersKept;
  }
  return folders_;
}

search::UpdateReport IndexService::update(const search::UpdateControl& control) {
  search::UpdateReport report;
  {
    search::Indexer indexer(libraries_.index(), encoder_);
    report = indexer.update(control);
  }
  if (!report.stopped) updated_();
  return report;
}

}  // namespace cnclip::serve
