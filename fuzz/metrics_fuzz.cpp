// Any bytes as metrics.jsonl, and as the recipe beside it: what is read is written as it was read.
#include <cstdlib>

#include "cnclip/error.h"
#include "memory_file.h"
#include "metrics/metrics_file.h"
#include "metrics/training_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnclip;
  try {
    std::string written;
    for (const Record& record : read_metrics(MemoryFile(data, size).path())) written += metrics_line(record) + "\n";
    const MemoryFile file(reinterpret_cast<const std::uint8_t*>(written.data()), written.size());
    std::string again;
    for (const Record& record : read_metrics(file.path())) again += metrics_line(record) + "\n";
    if (again != written) std::abort();
  } catch (const Error&) {
  }
  try {
    recipe_values(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const Error&) {
  }
  return 0;
}
