#include "fetch/fetcher.h"

#include <netdb.h>

#include <algorithm>
#include <future>
#include <thread>

#include "fetch/failure.h"

namespace cnclip::fetch {
namespace {

constexpr std::size_t kMostAddresses = 4;         // that are tried
constexpr std::chrono::seconds kConnectTime{10};  // to one of several

std::vector<IpAddress> ask_resolver(const std::string& host) {
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  std::vector<IpAddress> found;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return found;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET || one->ai_family == AF_INET6) found.push_back(ip_address_of(*one->ai_addr));
  }
  ::freeaddrinfo(list);
  return found;
}

// The system's resolver knows no deadline, so it has a thread of its own, which may outlive the wait.
std::vector<IpAddress> addresses_of(const Url& url, const Patience& patience) {
  if (url.address) return {*url.address};
  std::packaged_task<std::vector<IpAddress>()> task([host = url.host] { return ask_resolver(host); });
  auto found = task.get_future();
  std::thread(std::move(task)).detach();
  if (found.wait_until(patience.deadline) != std::future_status::ready) {
    throw_failure(Failure::too_slow, "the name of the host could not be looked up in time");
  }
  return found.get();
}

std::string request(const Url& url) {
  return "GET " + url.target + " HTTP/1.1\r\nHost: " + url.host_header() +
         "\r\nUser-Agent: cnclip\r\nAccept: image/*, */*;q=0.5\r\nAccept-Encoding: identity\r\nConnection: "
         "close\r\n\r\n";
}

}  // namespace

std::string Fetcher::fetch(const std::string& address, const Bounds& bounds) const {
  const Url url = parse_url(address);
  if (!sources_.allow_host(url)) {
    throw_failure(Failure::not_allowed, "{}: this server does not fetch from there", url.host_header());
  }
  std::vector<IpAddress> addresses = addresses_of(url, bounds.patience);
  // One message for both, or it would tell which names there are in this network.
  const bool all_allowed =
      std::ranges::all_of(addresses, [&](const IpAddress& one) { return sources_.allow_address(url, one); });
  if (addresses.empty() || !all_allowed) {
    throw_failure(Failure::not_public, "{}: has no address, or one that this server does not fetch from",
                  url.host_header());
  }
  addresses.resize(std::min(addresses.size(), kMostAddresses));
  for (std::size_t i = 0;; ++i) {
    const bool last = i + 1 == addresses.size();
    std::unique_ptr<Connection> connection;
    try {
      const auto connect_by = last ? bounds.patience.deadline : std::chrono::steady_clock::now() + kConnectTime;
      connection = std::make_unique<Connection>(url, addresses[i], *tls_, bounds.patience, connect_by);
    } catch (const FetchError& error) {
      if (last || error.failure() == Failure::client_gone) throw;
      continue;
    }
    connection->send(request(url));
    return read_answer([&](std::span<char> room) { return connection->receive(room); }, bounds.answer);
  }
}

}  // namespace cnclip::fetch
