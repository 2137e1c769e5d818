#include "serve/serve.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "serve/http_server.h"

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

}  // namespace

void serve(const ServeOptions& options) {
  Counters counters;
  Model model(options.model, options.encoder, options.limits, counters);
  ServiceOptions service_options{names_of(options),
                                 options.build,
                                 options.model,
                                 options.keys,
                                 options.metrics_need_key,
                                 is_loopback_address(options.host)};
  Service service(model, counters, options.limits, std::move(service_options), options.log);
  HttpServer server(service, options.limits);
  service.add_gauges([&server] {
    return std::vector<Counters::Gauge>{
        {"cnclip_connections", "Open connections.", "", static_cast<double>(server.connections())}};
  });
  const int port = server.bind(options.host, options.port);
  const bool v6 = options.host.find(':') != std::string::npos;
  options.listening(fmt::format(fmt::runtime(v6 ? "http://[{}]:{}" : "http://{}:{}"), options.host, port));
  std::atomic<bool> ended = false;
  std::thread watch([&] {
    while (!ended && options.stop_asked() == 0) std::this_thread::sleep_for(kLook);
    server.stop();
  });
  bool all_answered = false;
  try {
    all_answered = server.run();
  } catch (...) {
    ended = true;
    watch.join();
    throw;
  }
  ended = true;
  watch.join();
  if (!all_answered) throw_internal("serve: requests that were under way could not be answered in time");
}

}  // namespace cnclip::serve
