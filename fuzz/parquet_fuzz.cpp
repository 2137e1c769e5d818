// Parquet tables of captions: every row is found again by its place.
#include <cstdlib>

#include "base/error.h"
#include "data/formats/parquet_table.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  try {
    const auto table = cnclip::open_parquet_table({file.path()}, true);
    while (const auto row = table->next()) {
      if (table->at(row->place).url != row->url) std::abort();
    }
  } catch (const cnclip::Error&) {
  }
  return 0;
}
