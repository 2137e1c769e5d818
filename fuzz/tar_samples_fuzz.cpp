// Tar shards of others.
#include "base/error.h"
#include "data/formats/tar_samples.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  const auto samples = cnclip::open_tar_samples({file.path()});
  while (samples->next()) {
  }
  return 0;
}
