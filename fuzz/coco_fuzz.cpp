// Caption files of COCO and Visual Genome.
#include "base/error.h"
#include "data/formats/coco_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    cnclip::parse_coco({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const cnclip::Error&) {
  }
  return 0;
}
