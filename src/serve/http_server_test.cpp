#include "serve/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

// Answers with the path and the body; /refused is refused before its body is read, /slow takes its time.
struct Echo final : HttpHandler {
  std::atomic<int> count = 0;
  std::mutex mutex;
  std::vector<int> statuses;

  std::optional<HttpReply> refuse(const HttpRequest& request) override {
    if (request.path != "/refused") return {};
    return reply_to_error(ApiError(403, "refused", "no"));
  }
  HttpReply answer(const HttpRequest& request) override {
    ++count;
    if (request.path == "/slow") std::this_thread::sleep_for(Milliseconds(300));
    return {200, "text/plain", request.path + " " + request.body, {}};
  }
  HttpReply reply_to_error(const ApiError& error) override {
    return {error.status(), "application/json", error.json(), {}};
  }
  void answered(const HttpRequest&, const HttpReply& reply) override {
    const std::lock_guard lock(mutex);
    statuses.push_back(reply.status);
  }
  void give_up() override {}
};

class HttpServerTest : public ::testing::Test {
 protected:
  void start(const Limits& limits) {
    server_ = std::make_unique<HttpServer>(echo_, limits);
    port_ = server_->bind("127.0.0.1", 0);
    thread_ = std::thread([this] { all_answered_ = server_->run(); });
  }
  bool stop() {
    server_->stop();
    thread_.join();
    return all_answered_;
  }
  ~HttpServerTest() override {
    if (thread_.joinable()) stop();
  }

  int connect() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{20, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  static void send(int socket, const std::string& text) { ::send(socket, text.data(), text.size(), MSG_NOSIGNAL); }
  // Until the server closes.
  static std::string receive(int socket) {
    std::string text(1 << 16, '\0');
    std::size_t size = 0;
    for (ssize_t got = 0; (got = ::recv(socket, &text[size], text.size() - size, 0)) > 0;)
      size += static_cast<std::size_t>(got);
    ::close(socket);
    return text.substr(0, size);
  }
  std::string ask(const std::string& text) const {
    const int socket = connect();
    send(socket, text);
    return receive(socket);
  }

  Echo echo_;
  std::unique_ptr<HttpServer> server_;
  int port_ = 0;
  std::atomic<bool> all_answered_ = false;
  std::thread thread_;
};

const std::string kClose = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(HttpServerTest, ManyClientsAtOnce) {
  start({});
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        const std::string body = std::to_string(i * 100 + j);
        const std::string answer =
            ask("POST /p" + kClose + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        right += answer.ends_with("/p " + body) ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 160);
  EXPECT_TRUE(stop());
  EXPECT_EQ(echo_.statuses, std::vector<int>(160, 200));
}

TEST_F(HttpServerTest, BodiesComeAsTheyAreWhateverTheirType) {
  start({});
  const std::string body = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb=%41&c\r\n--x--\r\n";
  for (const char* type :
       {"multipart/form-data; boundary=x", "multipart/form-data", "application/x-www-form-urlencoded"}) {
    const std::string head = kClose + "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size());
    EXPECT_TRUE(ask("POST /p" + head + "\r\n\r\n" + body).ends_with("/p " + body)) << type;
  }
  const std::string large(20'000, 'a');  // over the library's limit for forms of that type
  EXPECT_TRUE(ask("POST /p" + kClose +
                  "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 20000\r\n\r\n" + large)
                  .ends_with("/p " + large));
}

TEST_F(HttpServerTest, ARefusedBodyIsNoRequest) {
  start({});
  const std::string answer =
      ask("POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n    ");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403"));
  EXPECT_EQ(echo_.count, 0);
}

TEST_F(HttpServerTest, TimeAndSizeHoldForWholeRequests) {
  Limits limits;
  limits.head_time = limits.body_time = limits.idle_time = Milliseconds(200);
  limits.body_bytes = 100;
  limits.head_bytes = 500;
  start(limits);
  EXPECT_TRUE(has(ask("GET / HTTP/1.1\r\n"), "client_too_slow"));
  EXPECT_TRUE(has(ask("POST /" + kClose + "Content-Length: 50\r\n\r\nabc"), "client_too_slow"));
  EXPECT_TRUE(
      has(ask("POST /" + kClose + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n"),
          "body_too_large"));
  EXPECT_TRUE(has(ask("GET /" + kClose + "A: " + std::string(600, 'x')), "headers_too_large"));
  EXPECT_EQ(ask(""), "");  // idle: closed without a word
}

TEST_F(HttpServerTest, BodiesInMemoryAreBounded) {
  Limits limits;
  limits.bodies_bytes = 100;
  start(limits);
  EXPECT_TRUE(has(ask("POST /" + kClose + "Content-Length: 101\r\n\r\n" + std::string(101, 'x')), "overloaded"));
  for (int i = 0; i < 5; ++i) {  // given back each time
    EXPECT_TRUE(
        ask("POST /" + kClose + "Content-Length: 100\r\n\r\n" + std::string(100, 'x')).starts_with("HTTP/1.1 200"));
  }
}

TEST_F(HttpServerTest, WhatIsUnderWayIsAnsweredBeforeTheEnd) {
  start({});
  const int busy = connect(), idle = connect();
  send(busy, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  while (echo_.count == 0) std::this_thread::sleep_for(Milliseconds(1));
  EXPECT_TRUE(stop());
  EXPECT_TRUE(receive(busy).ends_with("/slow "));
  EXPECT_EQ(receive(idle), "");
}

TEST_F(HttpServerTest, AnEndThatTakesTooLongIsTold) {
  Limits limits;
  limits.drain_time = Milliseconds(100);
  start(limits);
  const int busy = connect();
  send(busy, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  std::this_thread::sleep_for(Milliseconds(100));
  EXPECT_FALSE(stop());
  ::close(busy);
}

TEST_F(HttpServerTest, TheOldestIdleConnectionMakesRoom) {
  Limits limits;
  limits.connections = 2;
  start(limits);
  const int first = connect();
  std::this_thread::sleep_for(Milliseconds(50));
  const int second = connect();
  std::this_thread::sleep_for(Milliseconds(50));
  EXPECT_TRUE(ask("GET /" + kClose + "\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_EQ(receive(first), "");
  send(second, "GET /b" + kClose + "\r\n");
  EXPECT_TRUE(receive(second).ends_with("/b "));
}

TEST_F(HttpServerTest, PortsAreNotShared) {
  start({});
  HttpServer other(echo_, {});
  EXPECT_THROW(other.bind("127.0.0.1", port_), cnclip::Error);
  EXPECT_THROW(other.bind("192.0.2.1", 0), cnclip::Error);
}

}  // namespace
}  // namespace cnclip::serve
