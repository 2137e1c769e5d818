// Values of the official pairs LMDB: what is read is read again from what we write of it.
#include <cstdlib>

#include "base/error.h"
#include "data/formats/pickled_pair.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const cnclip::PickledPair pair = cnclip::read_pickled_pair({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (cnclip::read_pickled_pair(cnclip::pickled_pair(pair), "fuzz") != pair) std::abort();
  } catch (const cnclip::Error&) {
  }
  return 0;
}
