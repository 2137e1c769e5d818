// Any bytes as results.json of `cnclip eval report`: what is read is written as it was read, and makes tables.
#include <cstdlib>

#include "cnclip/error.h"
#include "eval/report/tables.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnclip;
  try {
    const auto results = read_results(MemoryFile(data, size).path());
    const std::string written = json_of(results).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const MemoryFile file(reinterpret_cast<const std::uint8_t*>(written.data()), written.size());
    if (json_of(read_results(file.path())) != json_of(results)) std::abort();
    report_markdown(results);
    report_html(results);
  } catch (const Error&) {
  }
  return 0;
}
