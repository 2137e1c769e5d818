// The endpoints, between the HTTP server and the model.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "serve/access.h"
#include "serve/http.h"
#include "serve/model.h"
#include "serve/picture_fetcher.h"

namespace cnclip::serve {

struct ServiceOptions {
  std::vector<std::string> model_names;  // that requests may ask for; the first is the one told in answers
  std::string build;                     // version of the program, for /metrics
  std::string fingerprint;               // of the model
  ApiKeys keys;
  bool metrics_need_key = false;
  bool loopback_only = true;  // refuse other Host headers
};

// A line for the log, once per request.
struct LogEntry {
  std::string id, method, route;
  int status = 0;
  double seconds = 0;
  std::size_t bytes_in = 0, bytes_out = 0;
  std::string error;  // why the server failed; clients are not told
};

struct Call {
  const HttpRequest& http;
  Waiter waiter;
  std::vector<std::string> parts;  // of the path, where the route has {}
};

struct Route {
  std::string method, path;  // "/v1/pictures/{row}"
  enum class Key { needed, not_needed, for_metrics } key = Key::needed;
  // `work`: JSON or a form, for the encoder; refused while its queue is full.
  enum class Body { none, json, work } body = Body::none;
  std::function<HttpReply(const Call&)> answer;
};

class Service final : public HttpHandler {
 public:
  Service(Model& model, PictureFetcher& pictures, Counters& counters, const Limits& limits, ServiceOptions options,
          std::function<void(const LogEntry&)> log);

  // Before the server runs.
  void add(Route route);
  void add(std::vector<Route> routes);
  // For /metrics.
  void add_gauges(std::function<std::vector<Counters::Gauge>()> gauges);

  std::optional<HttpReply> refuse(const HttpRequest& request) override;
  HttpReply answer(const HttpRequest& request) override;
  HttpReply reply_to_error(const ApiError& error) override;
  void answered(const HttpRequest& request, const HttpReply& reply) override;
  void give_up() override;

 private:
  struct Found {
    const Route* route = nullptr;
    std::vector<std::string> parts;
  };
  Found find(const std::string& method, const std::string& path) const;
  void check(const HttpRequest& request) const;
  std::string metrics() const;

  Model& model_;
  Counters& counters_;
  const Limits limits_;
  const ServiceOptions options_;
  std::function<void(const LogEntry&)> log_;
  std::vector<Route> routes_;
  std::vector<std::function<std::vector<Counters::Gauge>()>> gauges_;
};

// /v1/models, /v1/embeddings, /v1/similarity, /v1/classify.
std::vector<Route> model_routes(Model& model, PictureFetcher& pictures, const Limits& limits,
                                const std::vector<std::string>& names);
// The page, its files, and /openapi.json.
std::vector<Route> page_routes();

}  // namespace cnclip::serve
