// For tests of what must fail.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cnclip/error.h"

namespace cnclip {

// `call` throws bad_input, and its message holds `part`.
template <class Call>
void expect_bad_input(Call call, const std::string& part) {
  try {
    call();
    ADD_FAILURE() << "passed: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

// What `call` throws.
template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorCategory::internal, "nothing was thrown"};
}
template <class Call>
ErrorCategory category_of(Call call) {
  return error_of(call).category();
}
template <class Call>
std::string message_of(Call call) {
  return error_of(call).what();
}

}  // namespace cnclip
