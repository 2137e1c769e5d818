// Pictures that requests name by an address, fetched so that all goes on as if their bytes had come with the request.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "fetch/fetcher.h"
#include "serve/budget.h"
#include "serve/model.h"

namespace cnclip::serve {

// Any number of threads may fetch.
class PictureFetcher {
 public:
  PictureFetcher(fetch::Sources sources, const Limits& limits);

  // Fills in the bytes of those with an address, some at once: together no more than a body may have, each within the
  // time that a client has to send one. The result is to live as long as the bytes do. After a failure none is begun;
  // throws ApiError for the first input that failed.
  [[nodiscard]] std::unique_ptr<Share> fetch(std::span<Input> inputs, const Waiter& waiter);

 private:
  void fetch(Input& input, Budget& request, Share& share, const Waiter& waiter) const;

  std::optional<fetch::Fetcher> fetcher_;  // none where nothing is to be fetched
  const Limits limits_;
  Budget bytes_;
};

}  // namespace cnclip::serve
