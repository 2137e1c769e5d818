// Lines of the official TSV and JSONL, and the JSON of samples in tar shards: what is read is written as it was read.
#include <cstdlib>

#include "data/formats/official.h"
#include "data/formats/tar_samples.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  using namespace cnclip;
  parse_image_line(line, "fuzz");
  const Text text = parse_text_line(line, "fuzz", TextFields::captions);
  if (text.error.empty()) {
    const Text again = parse_text_line(text_line(text), "fuzz", TextFields::captions);
    if (again.id != text.id || again.text != text.text || again.image_ids != text.image_ids) std::abort();
  }
  Sample sample;
  if (read_sample_json(line, sample).empty()) sample_json(sample);
  return 0;
}
