// What TensorRT says while it works. It keeps to the first log that a process gives it, so there is one.
#pragma once

#include <NvInfer.h>

#include <mutex>
#include <string>

namespace cnclip::tensorrt {

class Log final : public nvinfer1::ILogger {
 public:
  void log(Severity severity, const char* text) noexcept override;
  // The first error since this was last asked for, for its cause comes before what follows from it; or a word that
  // there was none.
  std::string take_error();

 private:
  std::mutex mutex_;  // builders log from several threads
  std::string error_;
};

Log& shared_log();

// "TensorRT 10.16.1": of the library that is loaded.
std::string version();

}  // namespace cnclip::tensorrt
