// Any bytes as an LMDB file: entries inside the file, no more of them than it can hold, or one clean error.
#include <cstdlib>

#include "cnclip/error.h"
#include "data/lmdb_reader.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  try {
    cnclip::LmdbReader reader(cnclip::MappedFile::open(file.path()));
    unsigned sum = 0;
    std::size_t count = 0;
    while (const auto entry = reader.next()) {
      for (const char c : entry->key) sum += static_cast<unsigned char>(c);
      for (const char c : entry->value) sum += static_cast<unsigned char>(c);
      if (++count > size) std::abort();
    }
    if (sum == 0xffffffff) std::abort();  // keeps the reads
  } catch (const cnclip::Error& error) {
    if (error.category() != cnclip::ErrorCategory::bad_input) std::abort();
  }
  return 0;
}
