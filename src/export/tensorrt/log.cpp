#include "export/tensorrt/log.h"

#include <fmt/format.h>

#include <utility>

namespace cnclip::tensorrt {

void Log::log(Severity severity, const char* text) noexcept {
  if (severity > Severity::kERROR) return;
  try {
    const std::scoped_lock lock(mutex_);
    if (error_.empty()) error_ = text;
  } catch (...) {  // out of memory: TensorRT still says that it failed
  }
}

std::string Log::take_error() {
  const std::scoped_lock lock(mutex_);
  return error_.empty() ? "it does not say why" : std::exchange(error_, {});
}

Log& shared_log() {
  static Log log;
  return log;
}

std::string version() {
  // 10 * 10000 + 16 * 100 + 1
  const int number = getInferLibVersion();
  return fmt::format("TensorRT {}.{}.{}", number / 10000, number / 100 % 100, number % 100);
}

}  // namespace cnclip::tensorrt
