// Requests and answers as the service sees them, whatever carries them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "serve/limits.h"

namespace cnclip::serve {

struct HttpRequest {
  std::string id;      // goes into the answer and the log
  std::string method;  // GET, HEAD or POST
  std::string path;    // decoded, without the query
  std::string host, origin, content_type, authorization, if_none_match;
  std::string body;
  Clock::time_point received;         // when its headers were complete
  std::function<bool()> client_gone;  // may be asked while the answer is being made
};

struct HttpReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called by many threads at once; nothing may be thrown.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Before the body is read: an answer refuses the request.
  virtual std::optional<HttpReply> refuse(const HttpRequest& request) = 0;
  virtual HttpReply answer(const HttpRequest& request) = 0;
  // The answer to what is no request at all.
  virtual HttpReply reply_to_error(const class ApiError& error) = 0;
  // After every answer.
  virtual void answered(const HttpRequest& request, const HttpReply& reply) = 0;
  // Answers that are being made are to be refusals at once: the time to stop has run out.
  virtual void give_up() = 0;
};

}  // namespace cnclip::serve
