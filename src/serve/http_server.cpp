#include "serve/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <list>
#include <thread>

#include "base/error.h"
#include "serve/api_error.h"
#include "serve/request_ids.h"
#include "serve/socket_stream.h"

namespace cnclip::serve {
namespace {

constexpr int kBacklog = 512;        // the library's is 5, with which a crowd of clients waits for seconds
constexpr Milliseconds kGrace{200};  // for clients that are connected and about to send, when the server stops

// One connection, seen from the library's callbacks, which run on its thread.
struct Exchange {
  explicit Exchange(SocketStream& socket) : stream(socket) {}

  SocketStream& stream;
  HttpRequest request;
  HttpReply reply;
  bool body_read = false;
};
thread_local Exchange* exchange = nullptr;

void put(const HttpReply& reply, httplib::Response& response) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
  response.set_header("X-Request-Id", exchange->request.id);
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  if (reply.status >= 400 && !exchange->body_read) response.set_header("Connection", "close");
  response.set_content(reply.body, reply.content_type);
}

class Protocol final : public httplib::Server {
 public:
  explicit Protocol(HttpHandler& handler) : handler_(handler) {
    set_socket_options([](socket_t socket) {
      // Not SO_REUSEPORT, the library's own choice: two servers would share one port without a word.
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    set_pre_routing_handler([this](const httplib::Request& from, httplib::Response& to) {
      return refused(from, to) ? HandlerResponse::Handled : HandlerResponse::Unhandled;
    });
    set_expect_100_continue_handler(
        [this](const httplib::Request& from, httplib::Response& to) { return refused(from, to) ? to.status : 100; });
    const Handler answer = [this](const httplib::Request& from, httplib::Response& to) {
      exchange->body_read = true;
      exchange->request.body = from.body;
      exchange->reply = handler_.answer(exchange->request);
      put(exchange->reply, to);
    };
    Get(R"([\s\S]*)", answer);
    Post(R"([\s\S]*)", answer);
    set_error_handler(HandlerWithResponse([this](const httplib::Request& from, httplib::Response& to) {
      if (!to.body.empty() || exchange->reply.status >= 400) return HandlerResponse::Unhandled;
      fill_request(from);
      exchange->reply = handler_.reply_to_error(trouble());
      put(exchange->reply, to);
      return HandlerResponse::Handled;
    }));
  }

  // False when the connection is of no more use.
  bool process(SocketStream& stream, const RequestHead& head, bool close) {
    bool closed = false;
    const bool written = process_request(stream, close, closed, {});
    return written && !close && !closed && stream.trouble() == SocketStream::Trouble::none &&
           (exchange->body_read || !head.has_body);
  }
  int socket() const { return svr_sock_; }
  void forget_socket() { svr_sock_ = INVALID_SOCKET; }

 private:
  void fill_request(const httplib::Request& from) {
    HttpRequest& request = exchange->request;
    request.method = from.method;
    request.path = from.path;
    request.host = from.get_header_value("Host");
    request.origin = from.get_header_value("Origin");
    request.authorization = from.get_header_value("Authorization");
    request.if_none_match = from.get_header_value("If-None-Match");
  }
  bool refused(const httplib::Request& from, httplib::Response& to) {
    if (!exchange->request.method.empty()) return false;  // asked already, before "100 Continue"
    fill_request(from);
    const auto reply = handler_.refuse(exchange->request);
    if (!reply) return false;
    exchange->reply = *reply;
    put(*reply, to);
    return true;
  }
  // Why the library itself answered with an error.
  static ApiError trouble() {
    switch (exchange->stream.trouble()) {
      case SocketStream::Trouble::too_large: return {413, "body_too_large", "the body is larger than the limit"};
      case SocketStream::Trouble::too_slow: return {408, "client_too_slow", "the body came too slowly"};
      case SocketStream::Trouble::no_room:
        return {429, "overloaded", "too many bytes of requests are in memory; try again", {}, 1};
      case SocketStream::Trouble::gone:
      case SocketStream::Trouble::none: break;
    }
    return {400, "malformed_request", "the request could not be read to its end"};
  }

  HttpHandler& handler_;
};

// Written without the library, to what is no request.
void write_raw(SocketStream& stream, const std::string& id, const HttpReply& reply) {
  std::string text = fmt::format(
      "HTTP/1.1 {} Refused\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\nX-Request-Id: {}\r\n",
      reply.status, reply.content_type, reply.body.size(), id);
  for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
  text += "\r\n" + reply.body;
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t sent = stream.write(text.data() + done, text.size() - done);
    if (sent <= 0) return;
    done += static_cast<std::size_t>(sent);
  }
}

}  // namespace

struct HttpServer::Impl {
  struct Connection {
    Connection(int socket, const Limits& limits, Budget& bodies) : stream(socket, limits, bodies) {}
    ~Connection() { ::close(stream.socket()); }
    SocketStream stream;
    std::atomic<Clock::time_point> idle_since{Clock::now()};
    bool finished = false;  // under the mutex
    std::thread thread;
  };

  HttpHandler& handler;
  const Limits limits;
  Budget bodies;
  Protocol protocol;
  RequestIds ids;
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::atomic<bool> draining = false;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::list<Connection> connections;

  Impl(HttpHandler& made, const Limits& bounds)
      : handler(made), limits(bounds), bodies(bounds.bodies_bytes), protocol(made) {}
  ~Impl() {
    if (protocol.socket() >= 0) ::close(protocol.socket());
    ::close(wake);
  }

  void serve(Connection& connection) {
    SocketStream& stream = connection.stream;
    Exchange own(stream);
    exchange = &own;
    bool lingers = false;
    for (bool goes_on = true; goes_on;) {
      own.request = {};
      own.reply = {};
      own.body_read = false;
      connection.idle_since = Clock::now();
      try {
        const std::string bytes = stream.read_head();
        if (bytes.empty()) break;
        own.request.received = Clock::now();
        own.request.id = ids.next();
        const RequestHead head = check_head(bytes, limits);
        if (!head.request_id.empty()) own.request.id = head.request_id;
        own.request.content_type = head.content_type;
        own.request.client_gone = [this, &stream] { return !draining && stream.client_gone(); };
        stream.begin(head);
        goes_on = protocol.process(stream, head, draining || !head.keep_alive);
        lingers = head.has_body && !own.body_read;
      } catch (const ApiError& error) {
        if (own.request.id.empty()) own.request.id = ids.next();
        own.request.received = Clock::now();
        own.reply = handler.reply_to_error(error);
        write_raw(stream, own.request.id, own.reply);
        goes_on = false;
        lingers = true;
      }
      handler.answered(own.request, own.reply);
      own.request.body.clear();
      stream.release_body();
      if (draining) goes_on = false;
    }
    if (lingers) stream.linger();
    ::shutdown(stream.socket(), SHUT_RDWR);
    exchange = nullptr;
  }

  void start(int socket) {
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const std::lock_guard lock(mutex);
    Connection& connection = connections.emplace_back(socket, limits, bodies);
    try {
      connection.thread = std::thread([this, &connection] {
        try {
          serve(connection);
        } catch (...) {  // out of memory: this client's loss
        }
        const std::lock_guard done(mutex);
        connection.finished = true;
        changed.notify_all();
      });
    } catch (const std::system_error&) {  // the machine gives no more threads
      connections.pop_back();
    }
  }

  void reap() {
    std::list<Connection> done;
    {
      const std::lock_guard lock(mutex);
      for (auto next = connections.begin(); next != connections.end();) {
        const auto one = next++;
        if (one->finished) done.splice(done.end(), connections, one);
      }
    }
    for (Connection& one : done) one.thread.join();
  }

  std::size_t alive() const {
    std::size_t count = 0;
    for (const Connection& one : connections) count += one.finished ? 0 : 1;
    return count;
  }

  // Room for one more, if need be in place of the connection that has been idle for longest.
  bool make_room() {
    reap();
    std::unique_lock lock(mutex);
    if (alive() < limits.connections) return true;
    Connection* oldest = nullptr;
    for (Connection& one : connections) {
      if (one.finished || !one.stream.between_requests()) continue;
      if (oldest == nullptr || one.idle_since.load() < oldest->idle_since.load()) oldest = &one;
    }
    if (oldest == nullptr) return false;
    ::shutdown(oldest->stream.socket(), SHUT_RD);
    changed.wait_for(lock, Milliseconds(100), [&] { return alive() < limits.connections; });
    return alive() < limits.connections;
  }

  void accept_one() {
    const int socket = ::accept4(protocol.socket(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        std::this_thread::sleep_for(Milliseconds(10));
      return;
    }
    if (make_room()) return start(socket);
    SocketStream stream(socket, limits, bodies);
    const std::string id = ids.next();
    HttpRequest none;
    none.id = id;
    none.received = Clock::now();
    const HttpReply reply =
        handler.reply_to_error(ApiError(503, "too_many_connections", "no connection is free; try again", {}, 1));
    write_raw(stream, id, reply);
    handler.answered(none, reply);
    ::close(socket);
  }

  bool drain() {
    ::close(protocol.socket());
    protocol.forget_socket();
    bool all = true;
    {
      std::unique_lock lock(mutex);
      changed.wait_for(lock, kGrace, [&] { return alive() == 0; });
      // Bytes that have arrived are still read; only then comes the end.
      for (Connection& one : connections) {
        if (one.stream.between_requests()) ::shutdown(one.stream.socket(), SHUT_RD);
      }
      all = changed.wait_for(lock, limits.drain_time, [&] { return alive() == 0; });
      if (!all) handler.give_up();
      for (Connection& one : connections) ::shutdown(one.stream.socket(), SHUT_RDWR);
      changed.wait(lock, [&] { return alive() == 0; });
    }
    reap();
    return all;
  }
};

HttpServer::HttpServer(HttpHandler& handler, const Limits& limits) : impl_(std::make_unique<Impl>(handler, limits)) {}
HttpServer::~HttpServer() = default;

int HttpServer::bind(const std::string& host, int port) {
  Protocol& protocol = impl_->protocol;
  const int taken = port == 0 ? protocol.bind_to_any_port(host) : protocol.bind_to_port(host, port) ? port : -1;
  if (taken < 0)
    throw_unavailable("{}:{}: cannot listen there: the address is not this machine's, or the port is taken", host,
                      port);
  ::listen(protocol.socket(), kBacklog);
  return taken;
}

bool HttpServer::run() {
  const int listening = impl_->protocol.socket();
  ::fcntl(listening, F_SETFL, ::fcntl(listening, F_GETFL) | O_NONBLOCK);
  ::fcntl(listening, F_SETFD, FD_CLOEXEC);
  while (!impl_->draining) {
    pollfd waiting[] = {{listening, POLLIN, 0}, {impl_->wake, POLLIN, 0}};
    ::poll(waiting, 2, 1000);
    if ((waiting[0].revents & POLLIN) != 0) impl_->accept_one();
    impl_->reap();
  }
  // Those who got through to the machine, but not to us yet.
  for (int i = 0; i < kBacklog; ++i) {
    pollfd waiting{listening, POLLIN, 0};
    if (::poll(&waiting, 1, 0) <= 0) break;
    impl_->accept_one();
  }
  return impl_->drain();
}

void HttpServer::stop() {
  impl_->draining = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(impl_->wake, &one, sizeof one);
}

std::size_t HttpServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->alive();
}

}  // namespace cnclip::serve
