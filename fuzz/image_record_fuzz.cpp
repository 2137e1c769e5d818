// Any bytes as a line of an official image TSV: an item, or one that says why it is none.
#include <cstdint>
#include <cstdlib>

#include "data/records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cnclip::ImageItem item = cnclip::image_record({reinterpret_cast<const char*>(data), size});
  if (item.error.empty() && (item.id.empty() || item.bytes.size() > size / 4 * 3 + 3)) std::abort();
  return 0;
}
