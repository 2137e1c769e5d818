// Any bytes as a file of rows, in each format: the raw rows put together are the file, and skipping counts the same
// rows.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "clean/rows.h"
#include "clean/text_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace cnclip::clean;
  if (size == 0) return 0;
  static constexpr const char* kFormats[] = {".csv", ".tsv", ".jsonl", ".txt", ".jsonl"};
  static const TextRules kRules(parse_rules("[length]\nleast=1\nmost=9\n[url]\npatterns=['www\\.']\n", "fuzz"));
  const int format = data[0] % 5;
  const std::string_view content(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::filesystem::path file = fmt::format("/dev/shm/cnclip-fuzz-{}{}", ::getpid(), kFormats[format]);
  if (std::FILE* out = std::fopen(file.c_str(), "wb")) {
    std::fwrite(content.data(), 1, content.size(), out);
    std::fclose(out);
  }
  const auto open = [&] { return format == 4 ? open_pairs(file) : open_rows(file); };
  try {
    const auto rows = open(), skipped = open();
    std::string whole = rows->header();
    while (const auto row = rows->next()) {
      if (!skipped->skip()) std::abort();
      whole += row->raw;
      (void)kRules.judge(row->caption);
    }
    if (skipped->skip() || (format != 4 && whole != content)) std::abort();
  } catch (const cnclip::Error&) {
  }
  std::filesystem::remove(file);
  return 0;
}
