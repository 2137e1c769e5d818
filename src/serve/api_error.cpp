#include "serve/api_error.h"

#include <nlohmann/json.hpp>

namespace cnclip::serve {
namespace {

const char* type_of(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 408:
    case 504: return "timeout_error";
    case 429: return "rate_limit_error";
    default: return status < 500 ? "invalid_request_error" : "server_error";
  }
}

}  // namespace

std::string ApiError::json() const {
  using Json = nlohmann::ordered_json;
  const Json error = {{"message", what()},
                      {"type", type_of(status_)},
                      {"param", param_.empty() ? Json() : Json(param_)},
                      {"code", code_}};
  return Json{{"error", error}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cnclip::serve
