#include "fetch/fetcher.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "fetch/failure.h"

namespace cnclip::fetch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Listens on 127.0.0.1; whoever comes gets the bytes, one every so often where `pause` is not zero.
class Host {
 public:
  explicit Host(std::string bytes, milliseconds pause = milliseconds(0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    ::listen(socket_, 8);
    thread_ = std::thread([this, bytes = std::move(bytes), pause] { serve(bytes, pause); });
  }
  ~Host() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }

  std::string name() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(const std::string& target = "/a") const { return "http://" + name() + target; }
  int visits() const { return visits_; }

 private:
  void serve(const std::string& bytes, milliseconds pause) {
    for (int client = 0; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
      ++visits_;
      char request[1024];
      if (::recv(client, request, sizeof request, 0) <= 0) continue;
      const std::size_t piece = pause.count() == 0 ? bytes.size() : 1;
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        if (::send(client, bytes.data() + at, piece, MSG_NOSIGNAL) <= 0) break;
        std::this_thread::sleep_for(pause);
      }
    }
  }

  const int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
  std::atomic<int> visits_ = 0;
  std::thread thread_;
};

Bounds bounds(milliseconds time = milliseconds(20'000)) {
  return {{1000, [](std::size_t) { return true; }}, {steady_clock::now() + time, {}}};
}

Failure failure_of(const Fetcher& fetcher, const std::string& url, const Bounds& bounds) {
  try {
    fetcher.fetch(url, bounds);
  } catch (const FetchError& error) {
    return error.failure();
  }
  ADD_FAILURE() << url << " was fetched";
  return Failure::no_answer;
}

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

TEST(Fetcher, FetchesFromWhereItMay) {
  const Host host(kOk + "hello");
  EXPECT_EQ(Fetcher(Sources({host.name()})).fetch(host.url(), bounds()), "hello");
  EXPECT_EQ(Fetcher(Sources({host.name()})).fetch(host.url("?x#y"), bounds()), "hello");
  EXPECT_EQ(host.visits(), 2);
  EXPECT_EQ(failure_of(Fetcher(Sources({"*"})), host.url(), bounds()), Failure::not_allowed);
  EXPECT_EQ(failure_of(Fetcher(Sources({"localhost:" + host.name().substr(10)})),
                       "http://localhost:" + host.name().substr(10), bounds()),
            Failure::not_public);
  EXPECT_EQ(host.visits(), 2);
}

TEST(Fetcher, HasOneDeadlineForAll) {
  const Host host(kOk + "hello", milliseconds(20));
  const auto start = steady_clock::now();
  EXPECT_EQ(failure_of(Fetcher(Sources({host.name()})), host.url(), bounds(milliseconds(200))), Failure::too_slow);
  EXPECT_GE(steady_clock::now() - start, milliseconds(200));
  EXPECT_EQ(Fetcher(Sources({host.name()})).fetch(host.url(), bounds()), "hello");
}

TEST(Fetcher, LeavesWithTheClient) {
  const Host host(kOk + "hello", milliseconds(100));
  Bounds impatient = bounds();
  impatient.patience.gone = [] { return true; };
  EXPECT_EQ(failure_of(Fetcher(Sources({host.name()})), host.url(), impatient), Failure::client_gone);
}

TEST(Fetcher, HostsThatAreNotThere) {
  std::string name, url;
  {
    const Host host("");
    name = host.name();
    url = host.url();
    EXPECT_EQ(failure_of(Fetcher(Sources({name})), url, bounds()), Failure::no_answer);  // closes without a word
    EXPECT_EQ(failure_of(Fetcher(Sources({name})), "https" + url.substr(4), bounds()), Failure::no_answer);
  }
  EXPECT_EQ(failure_of(Fetcher(Sources({name})), url, bounds()), Failure::no_answer);
  EXPECT_EQ(failure_of(Fetcher(Sources({"*"})), "http://no-such-host.invalid/", bounds()), Failure::not_public);
}

}  // namespace
}  // namespace cnclip::fetch
