// Why something was not fetched.
#pragma once

#include <fmt/format.h>

#include "cnclip/error.h"

namespace cnclip::fetch {

enum class Failure {
  address,      // no http or https address
  not_allowed,  // of a host that is not to be asked
  not_public,   // the host is unknown, or at an address that is not to be asked
  redirect,     // the host says that it is elsewhere
  too_large,
  too_slow,
  no_room,  // Bounds::take refused
  client_gone,
  no_answer,  // none with status 200, or one that is not HTTP
};

class FetchError : public Error {
 public:
  FetchError(Failure failure, const std::string& message)
      : Error(ErrorCategory::bad_input, message), failure_(failure) {}
  Failure failure() const { return failure_; }

 private:
  Failure failure_;
};

template <class... Args>
[[noreturn]] void throw_failure(Failure failure, fmt::format_string<Args...> format, Args&&... args) {
  throw FetchError(failure, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace cnclip::fetch
