// What hosts answer, and the addresses that clients name: the first byte chooses one of them, or how large a piece of
// the answer comes at a time.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "fetch/answer.h"
#include "fetch/failure.h"
#include "fetch/sources.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnclip::fetch;
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    if (data[0] == 0) {
      const Url url = parse_url(text);
      // What its parts say, written anew, says the same.
      const Url again = parse_url((url.tls ? "https://" : "http://") + url.host_header() + url.target);
      if (again.host != url.host || again.port != url.port || again.target != url.target || again.tls != url.tls)
        std::abort();
      return 0;
    }
    constexpr std::size_t kMost = 1000;
    const More more = [&, piece = std::size_t{data[0]}](std::span<char> room) {
      const std::size_t count = std::min({piece, text.size(), room.size()});
      std::ranges::copy(text.substr(0, count), room.begin());
      text.remove_prefix(count);
      return count;
    };
    std::size_t taken = 0;
    const auto take = [&](std::size_t count) { return (taken += count) <= kMost; };
    const std::string body = read_answer(more, {kMost, take});
    if (body.size() != taken || body.size() > kMost) std::abort();
  } catch (const FetchError&) {
  }
  return 0;
}
