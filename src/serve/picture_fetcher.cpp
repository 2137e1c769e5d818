#include "serve/picture_fetcher.h"

#include <algorithm>
#include <vector>

#include "base/threads.h"
#include "fetch/failure.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

constexpr int kAtOnce = 8;  // they wait for hosts, so more than there are cores

[[noreturn]] void throw_refusal(const fetch::FetchError& error, const std::string& param, const Waiter& waiter) {
  using fetch::Failure;
  switch (error.failure()) {
    case Failure::address: throw_bad_field(param, "image_address", "{}", error.what());
    case Failure::not_allowed: throw_bad_field(param, "image_host_not_allowed", "{}", error.what());
    case Failure::not_public: throw_bad_field(param, "image_host_not_public", "{}", error.what());
    case Failure::redirect: throw_bad_field(param, "image_redirect", "{}", error.what());
    case Failure::too_large: throw_bad_field(param, "image_too_large", "{}", error.what());
    case Failure::no_room:
      throw ApiError(429, "overloaded", "too many bytes of requests are in memory; try again", {}, 1);
    case Failure::client_gone: throw ApiError(499, "client_gone", "the client has left");
    case Failure::too_slow:
      if (Clock::now() >= waiter.deadline) {
        throw ApiError(504, "request_timeout", "the pictures were not fetched in time");
      }
      throw_bad_field(param, "image_too_slow", "{}", error.what());
    case Failure::no_answer: break;
  }
  throw_bad_field(param, "image_not_fetched", "{}", error.what());
}

}  // namespace

PictureFetcher::PictureFetcher(fetch::Sources sources, const Limits& limits)
    : limits_(limits), bytes_(limits.bodies_bytes) {
  if (!sources.none()) fetcher_.emplace(std::move(sources));
}

std::unique_ptr<Share> PictureFetcher::fetch(std::span<Input> inputs, const Waiter& waiter) {
  std::vector<Input*> wanted;
  for (Input& input : inputs) {
    if (input.address.empty()) continue;
    if (!fetcher_) {
      throw_bad_field(input.param, "image_address", "this server fetches nothing: send the picture's bytes in base64");
    }
    wanted.push_back(&input);
  }
  auto share = std::make_unique<Share>(bytes_);
  Budget request(limits_.body_bytes);
  each_on_threads(wanted.size(), kAtOnce, [&](std::size_t i, int) { fetch(*wanted[i], request, *share, waiter); });
  return share;
}

void PictureFetcher::fetch(Input& input, Budget& request, Share& share, const Waiter& waiter) const {
  fetch::Bounds bounds;
  bounds.answer.bytes = limits_.body_bytes;
  bounds.answer.take = [&](std::size_t more) {
    if (request.take(more)) return share.take(more);
    fetch::throw_failure(fetch::Failure::too_large, "the pictures of one request have over {} bytes",
                         limits_.body_bytes);
  };
  bounds.patience = {std::min(waiter.deadline, Clock::now() + limits_.body_time), waiter.gone};
  try {
    input.bytes = fetcher_->fetch(input.address, bounds);
  } catch (const fetch::FetchError& error) {
    throw_refusal(error, input.param, waiter);
  }
}

}  // namespace cnclip::serve
