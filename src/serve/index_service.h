// An index over HTTP: what is in it, its updates, its pictures.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <vector>

#include "search/library/library_pool.h"
#include "serve/index_updates.h"
#include "serve/service.h"

namespace cnclip::serve {

class IndexService {
 public:
  // `encoder`: options of updates, which have an encoder of their own. `updated` is called on their thread after each
  // that ran to its end. Throws bad_input when there is no index.
  IndexService(std::filesystem::path index, const EncoderOptions& encoder, const Limits& limits,
               std::function<void()> updated);

  // /v1/index… and /v1/pictures…; they live as long as this.
  std::vector<Route> routes();

 private:
  HttpReply index();
  std::vector<std::string> folders(const search::Library& library);
  search::UpdateReport update(const search::UpdateControl& control);

  search::LibraryPool libraries_;
  const EncoderOptions encoder_;
  const Limits limits_;
  const std::function<void()> updated_;
  std::mutex folders_mutex_;
  std::vector<std::string> folders_;
  std::int64_t folders_version_ = -1;
  Clock::time_point folders_until_{};
  IndexUpdates updates_;
};

}  // namespace cnclip::serve
