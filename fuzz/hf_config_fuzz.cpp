// Any bytes as the config.json of a Hugging Face folder: applied or one clean error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "checkpoint/hf_config.h"
#include "cnclip/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cnclip::ModelConfig config = *cnclip::find_architecture("tiny");
  try {
    cnclip::apply_hf_config(std::string(reinterpret_cast<const char*>(data), size), "fuzz", config);
    validate(config);
  } catch (const cnclip::Error& error) {
    if (error.category() != cnclip::ErrorCategory::bad_input) std::abort();
  }
  return 0;
}
