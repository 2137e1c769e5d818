// Any bytes as a tar shard.
#include "cnclip/error.h"
#include "data/image_sources.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  try {
    const auto source = cnclip::open_image_tar({file.path()});
    std::size_t bytes = 0;
    while (const auto item = source->next()) {
      bytes += item->bytes.size();
      if (bytes > (std::size_t{16} << 20)) break;
    }
  } catch (const cnclip::Error& error) {
    if (error.category() != cnclip::ErrorCategory::bad_input) std::abort();
  }
  return 0;
}
