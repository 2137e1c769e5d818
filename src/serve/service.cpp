#include "serve/service.h"

#include <algorithm>
#include <exception>

#include "serve/api_error.h"
#include "serve/request_body.h"

namespace cnclip::serve {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = path.find('/', begin);
    parts.push_back(path.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

void check_type(const HttpRequest& request, bool may_be_form) {
  const BodyType type = body_type(request.content_type);
  if (type == BodyType::other || (type == BodyType::form && !may_be_form)) {
    throw ApiError(415, "content_type",
                   fmt::format("the body is to be JSON (Content-Type: application/json){}",
                               may_be_form ? " or a form (multipart/form-data)" : ""));
  }
  // Browsers let any page send a form to any server, which they do not with JSON.
  if (type == BodyType::form && !request.origin.empty() && !is_origin_of(request.origin, request.host)) {
    throw ApiError(403, "foreign_origin", "forms of other sites' pages are refused (Origin header)");
  }
}

// Why an answer failed through no fault of the client's, until answered() logs it: both run on one thread.
thread_local std::string failure;

// An index that another program is busy with, or that has gone over to another model; a server of vectors that is down.
bool is_unavailable(const std::exception& failed) {
  const auto* error = dynamic_cast<const Error*>(&failed);
  return error != nullptr && error->category() == ErrorCategory::unavailable;
}

}  // namespace

Service::Service(Model& model, PictureFetcher& pictures, Counters& counters, const Limits& limits,
                 ServiceOptions options, std::function<void(const LogEntry&)> log)
    : model_(model), counters_(counters), limits_(limits), options_(std::move(options)), log_(std::move(log)) {
  using Key = Route::Key;
  using Body = Route::Body;
  add({"GET", "/livez", Key::not_needed, Body::none, [](const Call&) {
         return HttpReply{200, "text/plain", "ok\n", {}};
       }});
  add({"GET", "/readyz", Key::not_needed, Body::none, [this](const Call&) {
         if (!model_.ready()) throw ApiError(503, "not_ready", "the model does not answer");
         return HttpReply{200, "text/plain", "ready\n", {}};
       }});
  add({"GET", "/metrics", Key::for_metrics, Body::none, [this](const Call&) {
         return HttpReply{200, "text/plain; version=0.0.4", metrics(), {}};
       }});
  add(model_routes(model_, pictures, limits_, options_.model_names));
  add(page_routes());
}

void Service::add(Route route) {
  routes_.push_back(std::move(route));
}
void Service::add(std::vector<Route> routes) {
  for (Route& route : routes) add(std::move(route));
}
void Service::add_gauges(std::function<std::vector<Counters::Gauge>()> gauges) {
  gauges_.push_back(std::move(gauges));
}

Service::Found Service::find(const std::string& method, const std::string& path) const {
  const auto given = split(path);
  bool other_method = false;
  for (const Route& route : routes_) {
    const auto wanted = split(route.path);
    if (wanted.size() != given.size()) continue;
    Found found{&route, {}};
    bool same = true;
    for (std::size_t i = 0; i < wanted.size() && same; ++i) {
      if (wanted[i].starts_with('{')) {
        found.parts.emplace_back(given[i]);
      } else {
        same = wanted[i] == given[i];
      }
    }
    if (!same) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD")) return found;
    other_method = true;
  }
  if (other_method) throw ApiError(405, "method_not_allowed", "this path does not take " + method);
  throw ApiError(404, "not_found", "there is nothing at this path");
}

void Service::check(const HttpRequest& request) const {
  if (options_.loopback_only && !is_loopback_host(request.host)) {
    throw ApiError(403, "foreign_host", "this server answers to addresses of this machine only (Host header)");
  }
  const Route& route = *find(request.method, request.path).route;
  const bool needs_key =
      route.key == Route::Key::needed || (route.key == Route::Key::for_metrics && options_.metrics_need_key);
  if (needs_key && !options_.keys.none() && !options_.keys.allows(request.authorization)) {
    throw ApiError(401, "invalid_api_key", "an API key is needed: Authorization: Bearer KEY");
  }
  if (route.body != Route::Body::none) check_type(request, route.body == Route::Body::work);
  if (route.body == Route::Body::work && model_.queue().full()) {
    throw ApiError(429, "overloaded", "the encoder's queue is full; try again", {}, 1);
  }
}

std::optional<HttpReply> Service::refuse(const HttpRequest& request) {
  try {
    check(request);
    return {};
  } catch (const ApiError& error) {
    return reply_to_error(error);
  }
}

HttpReply Service::answer(const HttpRequest& request) {
  try {
    const Found found = find(request.method, request.path);
    return found.route->answer({request, {Clock::now() + limits_.request_time, request.client_gone}, found.parts});
  } catch (const ApiError& error) {
    if (error.status() >= 500) failure = error.what();
    return reply_to_error(error);
  } catch (const std::bad_alloc&) {
    failure = "out of memory";
    return reply_to_error(ApiError(503, "out_of_memory", "the server has no memory for this", {}, 1));
  } catch (const std::exception& error) {
    failure = error.what();
    if (is_unavailable(error)) {
      return reply_to_error(ApiError(503, "unavailable", "the server cannot do this now; its log says more"));
    }
    return reply_to_error(ApiError(500, "internal_error", "the server failed; its log says more"));
  }
}

HttpReply Service::reply_to_error(const ApiError& error) {
  HttpReply reply{error.status(), "application/json", error.json(), {}};
  if (error.retry_after() > 0) reply.headers.emplace_back("Retry-After", std::to_string(error.retry_after()));
  if (error.status() == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

void Service::answered(const HttpRequest& request, const HttpReply& reply) {
  LogEntry entry{request.id, request.method, "none", reply.status, 0, request.body.size(), reply.body.size(), {}};
  try {
    if (!request.method.empty()) entry.route = find(request.method, request.path).route->path;
  } catch (const ApiError&) {  // no route of ours: its name is the client's, and stays out of log and metrics
  }
  entry.seconds = std::chrono::duration<double>(Clock::now() - request.received).count();
  entry.error = std::exchange(failure, {});
  counters_.answered(entry.route, entry.status, entry.seconds);
  log_(entry);
}

void Service::give_up() {
  model_.queue().give_up();
}

std::string Service::metrics() const {
  std::vector<Counters::Gauge> gauges{
      {"cnclip_build_info", "The program and its model.",
       fmt::format("version=\"{}\",model=\"{}\",fingerprint=\"{}\"", options_.build, options_.model_names.front(),
                   options_.fingerprint),
       1},
      {"cnclip_queue_cost", "Tokens and patches that wait for the encoder.", "",
       static_cast<double>(model_.queue().waiting_cost())},
  };
  constexpr const char* kLaneNames[kLanes] = {"query", "single", "bulk"};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    gauges.push_back({"cnclip_queue_jobs", "Jobs that wait for the encoder.",
                      fmt::format("lane=\"{}\"", kLaneNames[lane]),
                      static_cast<double>(model_.queue().waiting_jobs(static_cast<Lane>(lane)))});
  }
  for (const auto& more : gauges_) {
    const auto added = more();
    gauges.insert(gauges.end(), added.begin(), added.end());
  }
  return counters_.text(gauges);
}

}  // namespace cnclip::serve
