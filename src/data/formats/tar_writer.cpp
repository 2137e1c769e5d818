#include "data/formats/tar_writer.h"

#include <algorithm>

#include "base/error.h"
#include "data/formats/tar_samples.h"

namespace cnclip {

using namespace std::string_view_literals;

std::string tar_header(const std::string& name, std::uint64_t bytes) {
  std::string header(kTarBlock, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
  };
  if (name.size() > kMaxTarName) throw_internal("tar: a name of {} bytes", name.size());
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", bytes));
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257,
      "ustar\0"
      "00"sv);
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}\0 "sv, sum));
  return header;
}

ShardWriter::ShardWriter(const std::filesystem::path& shard) : path_(shard), tar_(shard) {}

void ShardWriter::write(std::string_view bytes) {
  tar_.write(bytes);
  hash_.update(std::as_bytes(std::span(bytes)));
}

ShardMember ShardWriter::add_file(std::uint64_t number, std::string_view extension, std::string_view content) {
  ShardMember member{std::string(extension), tar_.size() + kTarBlock, content.size(),
                     fmt::format("{:09}.{}", number, extension)};
  write(tar_header(member.name, member.bytes));
  write(content);
  write(std::string((kTarBlock - content.size() % kTarBlock) % kTarBlock, '\0'));
  return member;
}

void ShardWriter::add(std::uint64_t number, const Sample& sample) {
  ShardEntry entry{add_file(number, image_extension(sample.bytes), sample.bytes)};
  entry.push_back(add_file(number, "json", sample_json(sample)));
  index_ += index_line(entry);
  ++samples_;
}

std::pair<ManifestFile, ManifestFile> ShardWriter::commit() {
  write(std::string(2 * kTarBlock, '\0'));
  const std::string index = fmt::format("v1.2 {}\n", samples_) + index_;
  const auto index_file = index_path(path_);
  write_file(index_file, index);
  const std::uint64_t bytes = tar_.size();
  tar_.commit();
  return {ManifestFile{path_.filename().string(), bytes, hash_.hex(), samples_},
          ManifestFile{index_file.filename().string(), index.size(), sha256_hex(std::as_bytes(std::span(index))), 0}};
}

}  // namespace cnclip
