#include "fetch/connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/socket_wait.h"
#include "fetch/failure.h"

namespace cnclip::fetch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{100};

}  // namespace

TlsContext tls_context() {
  TlsContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) throw_unavailable("TLS: OpenSSL gives no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_default_verify_paths(context.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

Connection::Connection(const Url& url, const IpAddress& address, SSL_CTX& tls, const Patience& patience,
                       Clock::time_point connect_by)
    : patience_(patience), deadline_(std::min(connect_by, patience.deadline)) {
  try {
    connect(url, address);
    if (url.tls) start_tls(url, tls);
  } catch (...) {
    if (socket_ >= 0) ::close(socket_);
    throw;
  }
  deadline_ = patience.deadline;
}

Connection::~Connection() {
  ::close(socket_);
}

void Connection::wait(short what) const {
  for (;;) {
    const auto now = Clock::now();
    if (now >= deadline_) throw_failure(Failure::too_slow, "the host took too long");
    if (patience_.gone && patience_.gone()) throw_failure(Failure::client_gone, "the client has left");
    if (wait_for_socket(socket_, what, std::min(deadline_, now + kLook))) return;
  }
}

void Connection::connect(const Url& url, const IpAddress& address) {
  sockaddr_storage to;
  const socklen_t size = address.to_socket_address(url.port, to);
  socket_ = ::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int error = socket_ < 0 ? errno : 0;
  if (error == 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), size) != 0) error = errno;
  if (error == EINPROGRESS) {
    wait(POLLOUT);
    socklen_t length = sizeof error;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
  }
  if (error != 0) throw_failure(Failure::no_answer, "the host cannot be reached: {}", std::strerror(error));
}

void Connection::start_tls(const Url& url, SSL_CTX& tls) {
  ssl_.reset(SSL_new(&tls));
  if (!ssl_) throw_failure(Failure::no_answer, "TLS cannot begin");
  SSL_set_fd(ssl_.get(), socket_);
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_.get());
  const bool set = url.address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, url.host.c_str()) == 1
                               : X509_VERIFY_PARAM_set1_host(wanted, url.host.c_str(), url.host.size()) == 1 &&
                                     SSL_set_tlsext_host_name(ssl_.get(), url.host.c_str()) == 1;
  if (!set) throw_failure(Failure::no_answer, "TLS cannot begin");
  const bool done = repeat([this] { return SSL_connect(ssl_.get()); }, "TLS fails");
  if (!done) throw_failure(Failure::no_answer, "the host ended TLS before it began");
}

template <class Call>
bool Connection::repeat(Call call, const char* what) {
  for (;;) {
    ERR_clear_error();
    const int result = call();
    if (result > 0) return true;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: wait(POLLIN); break;
      case SSL_ERROR_WANT_WRITE: wait(POLLOUT); break;
      case SSL_ERROR_ZERO_RETURN: return false;
      default: {
        const long verified = SSL_get_verify_result(ssl_.get());
        const char* reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                                   : ERR_reason_error_string(ERR_peek_last_error());
        throw_failure(Failure::no_answer, "{}: {}", what, reason != nullptr ? reason : "the connection broke");
      }
    }
  }
}

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (ssl_) {
      const bool open =
          repeat([&] { return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent); }, "the connection failed");
      if (!open) throw_failure(Failure::no_answer, "the host closed the connection");
    } else {
      wait(POLLOUT);
      const ssize_t done = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (done < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        throw_failure(Failure::no_answer, "the connection failed: {}", std::strerror(errno));
      }
      sent = static_cast<std::size_t>(std::max<ssize_t>(done, 0));
    }
    bytes.remove_prefix(sent);
  }
}

std::size_t Connection::receive(std::span<char> room) {
  // Also where bytes are there already: a host that sends a little all the time has its end like others.
  if (Clock::now() >= deadline_) throw_failure(Failure::too_slow, "the host took too long");
  std::size_t got = 0;
  if (ssl_) {
    const bool open =
        repeat([&] { return SSL_read_ex(ssl_.get(), room.data(), room.size(), &got); }, "the connection failed");
    return open ? got : 0;
  }
  for (;;) {
    wait(POLLIN);
    const ssize_t done = ::recv(socket_, room.data(), room.size(), 0);
    if (done >= 0) return static_cast<std::size_t>(done);
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      throw_failure(Failure::no_answer, "the connection failed: {}", std::strerror(errno));
    }
  }
}

}  // namespace cnclip::fetch
