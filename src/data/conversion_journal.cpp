#include "data/conversion_journal.h"

#include "base/append_file.h"
#include "base/error.h"
#include "base/file.h"
#include "data/formats/bounded_json.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json json_of_file(const ManifestFile& file) {
  return {{"file", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}, {"samples", file.samples}};
}

ManifestFile file_of(const Json& json) {
  return {json.at("file"), json.at("bytes"), json.at("sha256"), json.at("samples")};
}

std::string line_of(const FinishedShard& shard) {
  const Json json = {{"tar", json_of_file(shard.tar)},
                     {"index", json_of_file(shard.index)},
                     {"inputs", shard.inputs},
                     {"failed", shard.failed}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

ConversionJournal::ConversionJournal(const fs::path& folder, const std::string& prefix, const std::string& recipe,
                                     const std::function<bool(const std::string& name)>& mine)
    : path_(folder / (prefix + "journal.jsonl")), recipe_(recipe) {
  fs::create_directories(folder);
  const bool resumes = fs::exists(path_);
  if (resumes) read(read_file(path_));
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path() == path_ || !mine(name)) continue;
    // Temporary files of a run that was killed. Before there is a journal, only the journal's own can be ours.
    if (name.find(resumes ? ".tmp-" : prefix + "journal.jsonl.tmp-") != std::string::npos) {
      fs::remove(entry.path());
    } else if (!resumes) {
      throw_bad_input("{}: is there already, and was not made by this conversion; choose another folder",
                      entry.path().string());
    }
  }
  std::string text = Json{{"recipe", recipe_}}.dump() + "\n";
  for (const FinishedShard& shard : finished_) text += line_of(shard);
  write_file(path_, text);
}

void ConversionJournal::read(const std::string& text) {
  // The last line may be cut short; what it was to say is done again.
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const Json json = parse_bounded_json(text.substr(begin, end - begin));
    try {
      if (begin == 0) {
        if (json.at("recipe") != recipe_) {
          throw_bad_input(
              "{}: an unfinished conversion with other settings, or of another or changed source; remove it "
              "or choose another folder",
              path_.parent_path().string());
        }
        continue;
      }
      FinishedShard shard{file_of(json.at("tar")), file_of(json.at("index")), json.at("inputs"), json.at("failed")};
      const fs::path tar = path_.parent_path() / shard.tar.name;
      if (!fs::exists(tar) || fs::file_size(tar) != shard.tar.bytes) return;
      finished_.push_back(std::move(shard));
    } catch (const Json::exception&) {
      return;
    }
  }
}

void ConversionJournal::add(const FinishedShard& shard) {
  AppendFile file(path_);
  file.write(line_of(shard));
  file.sync();
}

void ConversionJournal::remove() {
  fs::remove(path_);
}

}  // namespace cnclip
