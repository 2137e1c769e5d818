#include "checkpoint/content_digest.h"
#include "checkpoint/save.h"
#include "cnclip/error.h"
#include "memory_file.h"
#include "quantize/quantization.h"

// A file for the model of the seeds: `cnclip init --arch tiny --seed 1`.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cnclip::Checkpoint model = cnclip::initial_checkpoint(*cnclip::find_architecture("tiny"), 1, {}, {});
  static const std::string fingerprint = cnclip::model_fingerprint(model);
  const MemoryFile file(data, size);
  try {
    const cnclip::Quantization made = cnclip::read_quantization(file.path(), model, fingerprint);
    for (const auto& [layer, step] : made.image.steps) {
      if (!(step > 0)) std::abort();
    }
  } catch (const cnclip::Error&) {
  }
  return 0;
}
