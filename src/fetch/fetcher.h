// Things at addresses of the web, from hosts that may be asked.
#pragma once

#include <string>

#include "fetch/answer.h"
#include "fetch/connection.h"
#include "fetch/sources.h"

namespace cnclip::fetch {

struct Bounds {
  AnswerBounds answer;
  Patience patience;
};

// Any number of threads may fetch.
class Fetcher {
 public:
  explicit Fetcher(Sources sources) : sources_(std::move(sources)), tls_(tls_context()) {}

  // The bytes behind the address, by one GET. The host's name is looked up once; all of its addresses must be allowed,
  // and the connection goes to one of those that were looked at. No redirects, proxies, cookies or compression. Throws
  // FetchError.
  std::string fetch(const std::string& address, const Bounds& bounds) const;

 private:
  const Sources sources_;
  const TlsContext tls_;
};

}  // namespace cnclip::fetch
