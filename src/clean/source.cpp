#include "clean/source.h"

#include "base/error.h"

namespace cnclip::clean {

SourceFiles source_files(const std::filesystem::path& source, const std::string& split) {
  if (!std::filesystem::is_directory(source)) {
    if (!std::filesystem::exists(source)) throw_bad_input("{}: no such file or folder", source.string());
    return {source, {}};
  }
  const SourceFiles files{source / (split + "_texts.jsonl"), source / (split + "_imgs.tsv")};
  for (const auto& file : {files.rows, *files.pictures}) {
    if (!std::filesystem::exists(file)) throw_bad_input("{}: there is no such file", file.string());
  }
  return files;
}

}  // namespace cnclip::clean
