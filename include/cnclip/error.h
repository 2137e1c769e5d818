// The one exception type of the library.
//
// A call that cannot do what was asked throws cnclip::Error. The message begins with what was being done and
// to what, and gives the offending value (file, line, byte offset, tensor name). No call prints, exits or aborts.
#pragma once

#include <stdexcept>
#include <string>

namespace cnclip {

// The values are the exit codes of the program.
enum class ErrorCategory {
  internal = 1,     // our fault
  usage = 2,        // the caller asked for something that makes no sense
  bad_input = 3,    // a file, an image or a text is not what it should be
  unavailable = 4,  // not in this build, or not on this machine
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCategory category, const std::string& message) : std::runtime_error(message), category_(category) {}
  ErrorCategory category() const noexcept { return category_; }

 private:
  ErrorCategory category_;
};

}  // namespace cnclip
