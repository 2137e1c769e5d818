// Files of features: lines of the official JSONL, and the header of NumPy files.
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "vectors/feature_line.h"
#include "vectors/npy_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnclip;
  std::string id;
  std::vector<float> values;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (parse_feature_line(line, "image_id", id, values).empty()) {
    if (id.empty() || values.empty()) std::abort();
    for (const float value : values) {
      if (!std::isfinite(value)) std::abort();
    }
  }
  try {
    const NpyHeader header = parse_npy_header(std::as_bytes(std::span(data, size)), "fuzz");
    if (header.rows < 0 || header.columns < 0 || header.data > size) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
