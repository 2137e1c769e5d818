// `cnclip serve`, whole: a model and its endpoints until the process is asked to stop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cnclip/encoder.h"
#include "serve/service.h"

namespace cnclip::serve {

struct ServeOptions {
  std::string model;  // empty: the one of the index
  EncoderOptions encoder;
  std::string index;               // folder; empty: none
  std::vector<std::string> names;  // further ones that requests may ask for the model by
  std::string host = "127.0.0.1";
  int port = 8080;  // 0: any that is free
  Limits limits;
  std::vector<std::string> fetch_from;  // fetch::Sources; none: pictures come with their requests
  ApiKeys keys;
  bool metrics_need_key = false;
  std::string build;
  std::function<void(const LogEntry&)> log;
  std::function<void(const std::string& url)> listening;  // once requests will be answered
  std::function<int()> stop_asked;                        // looked at ten times a second
};

// Returns once all is answered after stop_asked. Throws Error, internal where requests had to be abandoned.
void serve(const ServeOptions& options);

}  // namespace cnclip::serve
