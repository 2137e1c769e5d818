#include "serve/serve.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/error.h"
#include "encode/model_identity.h"
#include "search/library/library.h"
#include "serve/http_server.h"
#include "serve/index_service.h"
#include "serve/search_service.h"

namespace cnclip::serve {
namespace {

constexpr Milliseconds kLook{100};

// The last part of the path, then whatever else it was asked to be.
std::vector<std::string> names_of(const ServeOptions& options) {
  const std::filesystem::path path = std::filesystem::path(options.model + "/").parent_path();
  std::vector<std::string> names = options.names;
  for (const std::string& name : {path.stem().string(), path.filename().string(), options.model}) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

// The model of the index, where none is named, and the arithmetic that its vectors were made by.
ServeOptions settled(ServeOptions options) {
  if (options.index.empty()) return options;
  const search::ModelStamp stamp = search::Library(options.index).model();
  if (options.model.empty()) options.model = stamp.path;
  if (options.encoder.precision == "auto") options.encoder.precision = stamp.precision;
  return options;
}

void check_same_model(const ServeOptions& options, const std::string& fingerprint) {
  const search::ModelStamp stamp = search::Library(options.index).model();
  if (stamp.fingerprint == fingerprint) return;
  throw_usage("{}: its vectors are of {} ({}), not of {} ({})", options.index, stamp.path,
              stamp.fingerprint.substr(0, 8), options.model, fingerprint.substr(0, 8));
}

}  // namespace

void serve(const ServeOptions& given) {
  const ServeOptions options = settled(given);
  PictureFetcher pictures(fetch::Sources(options.fetch_from), options.limits);
  const std::string fingerprint = model_identity(options.model).fingerprint;
  if (!options.index.empty()) check_same_model(options, fingerprint);
  Counters counters;
  Model model(options.model, options.encoder, options.limits, counters);
  ServiceOptions service_options{names_of(options),
                                 options.build,
                                 fingerprint,
                                 options.keys,
                                 options.metrics_need_key,
                                 is_loopback_address(options.host)};
  Service service(model, pictures, counters, options.limits, std::move(service_options), options.log);
  std::optional<SearchService> search;
  std::optional<IndexService> index;
  if (!options.index.empty()) {
    search.emplace(options.index, model, pictures, fingerprint, options.limits);
    index.emplace(options.index, options.encoder, options.limits, [&search] { search->improve(); });
    service.add(search->route());
    service.add(index->routes());
    service.add_gauges([&search] { return search->gauges(); });
  }
  HttpServer server(service, options.limits);
  service.add_gauges([&server] {
    return std::vector<Counters::Gauge>{
        {"cnclip_connections", "Open connections.", "", static_cast<double>(server.connections())}};
  });
  const int port = server.bind(options.host, options.port);
  const bool v6 = options.host.find(':') != std::string::npos;
  options.listening(fmt::format(fmt::runtime(v6 ? "http://[{}]:{}" : "http://{}:{}"), options.host, port));
  const std::jthread watch([&](const std::stop_token& ended) {
    while (!ended.stop_requested() && options.stop_asked() == 0) std::this_thread::sleep_for(kLook);
    server.stop();
  });
  if (!server.run()) throw_internal("serve: requests that were under way could not be answered in time");
}

}  // namespace cnclip::serve
