// LMDB data files: walked from end to end, and every key looked up.
#include <filesystem>

#include "base/error.h"
#include "data/formats/lmdb_file.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path folder = [] {
    char name[] = "/tmp/lmdb_fuzz_XXXXXX";
    return std::filesystem::path(::mkdtemp(name));
  }();
  const MemoryFile memory(data, size);
  std::filesystem::remove(folder / "data.mdb");
  std::filesystem::create_symlink(memory.path(), folder / "data.mdb");
  try {
    const cnclip::LmdbFile file(folder);
    cnclip::LmdbFile::Cursor cursor(file);
    while (const auto record = cursor.next()) file.find(record->key);
  } catch (const cnclip::Error&) {
  }
  return 0;
}
