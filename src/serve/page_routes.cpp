#include "base/error.h"
#include "serve/page_files.h"
#include "serve/service.h"

namespace cnclip::serve {
namespace {

// Everything the page needs is its own: no script, style or picture of anybody else's, nothing inline, no frame around.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

std::string type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  if (name.ends_with(".json")) return "application/json";
  throw_internal("serve: {}: a file of no known type is embedded", name);
}

}  // namespace

std::vector<Route> page_routes() {
  std::vector<Route> routes;
  for (const PageFile& file : page_files()) {
    const HttpReply reply{200,
                          type_of(file.name),
                          std::string(file.bytes),
                          {{"Content-Security-Policy", kPolicy}, {"Cache-Control", "no-cache"}}};
    const std::string path = "/" + std::string(file.name == "index.html" ? "" : file.name);
    routes.push_back({"GET", path, Route::Key::not_needed, Route::Body::none, [reply](const Call&) { return reply; }});
  }
  return routes;
}

}  // namespace cnclip::serve
