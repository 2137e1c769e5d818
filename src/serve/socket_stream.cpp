#include "serve/socket_stream.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/socket_wait.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr Milliseconds kLinger{500};

void address_of(int socket, int (*ask)(int, sockaddr*, socklen_t*), std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (ask(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    port = ntohs(v4->sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    port = ntohs(v6->sin6_port);
  }
  ip = text;
}

}  // namespace

SocketStream::SocketStream(int socket, const Limits& limits, Budget& bodies)
    : socket_(socket), limits_(limits), bodies_(bodies) {}
SocketStream::~SocketStream() {
  release_body();
}

void SocketStream::release_body() {
  bodies_.give_back(std::exchange(taken_, 0));
}

SocketStream::Filled SocketStream::fill(Clock::time_point deadline) {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  for (;;) {
    if (!wait_for_socket(socket_, POLLIN, deadline)) return Filled::late;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kReadBytes);
    const ssize_t got = ::recv(socket_, &buffer_[before], kReadBytes, 0);
    const int error = errno;
    buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0) return Filled::some;
    if (got == 0 || (error != EAGAIN && error != EWOULDBLOCK && error != EINTR)) return Filled::ended;
  }
}

std::string SocketStream::read_head() {
  trouble_ = Trouble::none;
  between_requests_ = true;
  if (at_ == buffer_.size() && fill(Clock::now() + limits_.idle_time) != Filled::some) return {};
  between_requests_ = false;
  const Clock::time_point deadline = Clock::now() + limits_.head_time;
  std::size_t searched = at_;
  for (;;) {
    // Some clients end a body with an empty line that belongs to nothing.
    while (searched == at_ && buffer_.compare(at_, 2, "\r\n") == 0) searched = at_ += 2;
    const std::size_t end = buffer_.find("\r\n\r\n", searched);
    if (end != std::string::npos && end + 4 - at_ <= limits_.head_bytes) {
      std::string head = buffer_.substr(at_, end + 4 - at_);
      at_ = end + 4;
      return head;
    }
    if (buffer_.size() - at_ >= limits_.head_bytes) {
      throw ApiError(431, "headers_too_large", fmt::format("the headers have over {} bytes", limits_.head_bytes));
    }
    const std::size_t seen = buffer_.size() - at_;
    switch (fill(deadline)) {
      case Filled::some: break;
      case Filled::ended: return {};
      case Filled::late:
        throw ApiError(408, "client_too_slow", fmt::format("the headers took over {} ms", limits_.head_time.count()));
    }
    searched = at_ + (seen > 3 ? seen - 3 : 0);
  }
}

void SocketStream::begin(const RequestHead& head) {
  head_ = head.bytes;
  head_at_ = 0;
  // The frames of a chunked body count as its bytes.
  body_left_ = head.chunked ? limits_.body_bytes : head.content_length;
  body_deadline_ = Clock::now() + limits_.body_time;
  writing_ = false;
}

ssize_t SocketStream::stop(Trouble trouble) {
  if (trouble_ == Trouble::none) trouble_ = trouble;
  return -1;
}

ssize_t SocketStream::read(char* to, std::size_t size) {
  if (trouble_ != Trouble::none) return -1;
  writing_ = false;  // what was written was "100 Continue"
  if (head_at_ < head_.size()) {
    const std::size_t count = std::min(size, head_.size() - head_at_);
    std::memcpy(to, &head_[head_at_], count);
    head_at_ += count;
    return static_cast<ssize_t>(count);
  }
  if (body_left_ == 0) return stop(Trouble::too_large);
  if (at_ == buffer_.size()) {
    switch (fill(body_deadline_)) {
      case Filled::some: break;
      case Filled::ended: return stop(Trouble::gone);
      case Filled::late: return stop(Trouble::too_slow);
    }
  }
  const std::size_t count = std::min({size, buffer_.size() - at_, body_left_});
  if (!bodies_.take(count)) return stop(Trouble::no_room);
  taken_ += count;
  body_left_ -= count;
  std::memcpy(to, &buffer_[at_], count);
  at_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t SocketStream::write(const char* from, std::size_t size) {
  if (!writing_) write_deadline_ = Clock::now() + limits_.write_time;
  writing_ = true;
  for (;;) {
    const ssize_t sent = ::send(socket_, from, size, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return stop(Trouble::gone);
    if (!wait_for_socket(socket_, POLLOUT, write_deadline_)) return stop(Trouble::too_slow);
  }
}

bool SocketStream::client_gone() const {
  if (at_ < buffer_.size()) return false;
  char byte = 0;
  const ssize_t got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void SocketStream::linger() {
  // Closed with bytes unread, the connection would be reset, and the answer with it.
  ::shutdown(socket_, SHUT_WR);
  const Clock::time_point deadline = Clock::now() + kLinger;
  std::size_t most = limits_.body_bytes;
  char waste[4096];
  while (most > 0 && wait_for_socket(socket_, POLLIN, deadline)) {
    const ssize_t got = ::recv(socket_, waste, std::min(sizeof waste, most), 0);
    if (got <= 0) break;
    most -= static_cast<std::size_t>(got);
  }
}

void SocketStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  address_of(socket_, ::getpeername, ip, port);
}
void SocketStream::get_local_ip_and_port(std::string& ip, int& port) const {
  address_of(socket_, ::getsockname, ip, port);
}

}  // namespace cnclip::serve
