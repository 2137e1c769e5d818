// What a request is refused with: an HTTP status and the error object of OpenAI's API.
#pragma once

#include <fmt/format.h>

#include <string>

#include "cnclip/error.h"

namespace cnclip::serve {

class ApiError : public Error {
 public:
  // `code` names the reason for programs, `param` the field of the request where there is one. `retry_after` seconds
  // go into a header of that name.
  ApiError(int status, std::string code, const std::string& message, std::string param = {}, int retry_after = 0)
      : Error(ErrorCategory::bad_input, message),
        status_(status),
        code_(std::move(code)),
        param_(std::move(param)),
        retry_after_(retry_after) {}

  int status() const { return status_; }
  const std::string& code() const { return code_; }
  int retry_after() const { return retry_after_; }
  // {"error":{"message":…,"type":…,"param":…,"code":…}}
  std::string json() const;

 private:
  int status_;
  std::string code_, param_;
  int retry_after_;
};

// 400, about one field.
template <class... Args>
[[noreturn]] void throw_bad_field(const std::string& param, const char* code, fmt::format_string<Args...> format,
                                  Args&&... args) {
  throw ApiError(400, code, param + ": " + fmt::format(format, std::forward<Args>(args)...), param);
}

}  // namespace cnclip::serve
