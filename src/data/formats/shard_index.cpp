#include "data/formats/shard_index.h"

#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/lines.h"
#include "data/formats/tar_samples.h"
#include "data/formats/tar_writer.h"

namespace cnclip {

namespace fs = std::filesystem;

fs::path index_path(const fs::path& shard) {
  fs::path path = shard;
  return path.replace_extension(".idx");
}

std::string index_line(const ShardEntry& entry) {
  std::string line;
  for (const ShardMember& member : entry) {
    line += fmt::format("{}{} {} {} {}", line.empty() ? "" : " ", member.extension, member.offset, member.bytes,
                        member.name);
  }
  return line + "\n";
}

std::vector<ShardEntry> read_shard_index(const fs::path& index) {
  LineReader lines(index, 4096);
  std::vector<ShardEntry> entries;
  std::optional<std::size_t> expected;
  while (const auto line = lines.next()) {
    std::istringstream words(line->text);
    if (line->number == 1) {
      std::string version;
      std::size_t samples = 0;
      if (!(words >> version >> samples) || version != "v1.2") break;
      expected = samples;
      continue;
    }
    ShardEntry entry;
    for (ShardMember member; words >> member.extension >> member.offset >> member.bytes >> member.name;) {
      entry.push_back(std::exchange(member, {}));
    }
    if (entry.empty() || !words.eof()) throw_bad_input("{}: line {}: not a sample", index.string(), line->number);
    entries.push_back(std::move(entry));
  }
  if (!expected) throw_bad_input("{}: line 1: not the index of a shard", index.string());
  if (entries.size() != *expected) {
    throw_bad_input("{}: {} samples are listed, its first line says {}", index.string(), entries.size(), *expected);
  }
  return entries;
}

ShardReader::ShardReader(const fs::path& shard) : file_(shard), entries_(read_shard_index(index_path(shard))) {}

Sample ShardReader::read(std::size_t index) const {
  Sample sample;
  for (const ShardMember& member : entries_.at(index)) {
    sample.where = fmt::format("{}: {}", file_.name(), member.name);
    const bool json = member.extension == "json";
    if (member.bytes > (json ? kMaxTextBytes : kMaxImageBytes)) {
      throw_bad_input("{}: {} bytes are too many", sample.where, member.bytes);
    }
    std::string bytes = file_.read(member.offset, member.bytes);
    if (!json) {
      sample.bytes = std::move(bytes);
    } else if (const std::string problem = read_sample_json(bytes, sample); !problem.empty()) {
      throw_bad_input("{}: {}", sample.where, problem);
    }
  }
  return sample;
}

void ShardReader::check(const std::function<void(const std::string&)>& fault) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    for (const ShardMember& member : entries_[i]) {
      const bool fits = member.offset >= kTarBlock && member.name.size() <= kMaxTarName &&
                        file_.read(member.offset - kTarBlock, kTarBlock) == tar_header(member.name, member.bytes);
      if (!fits) {
        fault(fmt::format("{}: line {}: {} is not at byte {} of the shard", index_path(file_.name()).string(), i + 2,
                          member.name, member.offset));
      }
    }
  }
}

void check_shard_index(const fs::path& shard, const std::function<void(const std::string&)>& fault) {
  try {
    ShardReader(shard).check(fault);
  } catch (const Error& error) {
    fault(error.what());
  }
}

}  // namespace cnclip
