// HTTP over TCP: cpp-httplib reads and writes the protocol; what it leaves open is bounded here.
//
// One thread a connection, of which there are no more than the limits allow; when they are all taken, the one that has
// been idle for longest makes room. Headers are checked by check_head, and everything has a deadline.
#pragma once

#include <memory>
#include <string>

#include "serve/http.h"

namespace cnclip::serve {

class HttpServer {
 public:
  // `handler` must live longer.
  HttpServer(HttpHandler& handler, const Limits& limits);
  ~HttpServer();

  // Takes the port, 0 for any that is free, and says which. Throws unavailable when it cannot.
  int bind(const std::string& host, int port);
  // Serves until stop(). Then no connection is accepted any more, those between requests are closed, and requests
  // under way are answered, within limits.drain_time. False where some were not.
  bool run();
  void stop();  // from any thread
  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnclip::serve
