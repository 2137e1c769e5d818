// A connection to a host, plain or by TLS, on which everything has one deadline.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "fetch/url.h"

namespace cnclip::fetch {

struct Patience {
  std::chrono::steady_clock::time_point deadline;
  std::function<bool()> gone;  // nobody waits any more; looked at every 100 ms. May be empty
};

// What TLS connections have in common: they are checked by the certificates that the system trusts (or SSL_CERT_FILE,
// SSL_CERT_DIR). Any thread may use it.
using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
TlsContext tls_context();

// One thread. All calls throw FetchError: too_slow, client_gone, no_answer. The process is to ignore SIGPIPE, which
// OpenSSL has no way to avoid (HttpServer sees to it).
class Connection {
 public:
  // To this address of the host, and to no other; ready to send before `connect_by`. `patience` must live longer.
  Connection(const Url& url, const IpAddress& address, SSL_CTX& tls, const Patience& patience,
             std::chrono::steady_clock::time_point connect_by);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view bytes);
  std::size_t receive(std::span<char> room);  // 0 at the end

 private:
  void connect(const Url& url, const IpAddress& address);
  void start_tls(const Url& url, SSL_CTX& tls);
  void wait(short what) const;
  // Repeats `call`, an OpenSSL function that returns above 0 for success, until it is done. False at the proper end.
  template <class Call>
  bool repeat(Call call, const char* what);

  const Patience& patience_;
  std::chrono::steady_clock::time_point deadline_;
  int socket_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

}  // namespace cnclip::fetch
