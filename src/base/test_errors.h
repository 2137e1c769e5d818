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

}  // namespace cnclip
