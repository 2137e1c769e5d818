// Torch's containers (zip, legacy, TorchScript), and the bare pickle reader, which has no checksum to pass.
#include <string_view>

#include "checkpoint/pickle.h"
#include "checkpoint_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_all(data, size);
  try {
    cnclip::read_pickle({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const cnclip::Error&) {
  }
  return 0;
}
