#include "checkpoint/foreign.h"

#include <algorithm>

#include "base/lfs.h"

namespace cnclip {
namespace {

struct Foreign {
  std::string_view magic;
  std::string_view what;
  std::size_t offset = 0;
};

constexpr Foreign kForeign[] = {
    {"\x93NUMPY", "is a NumPy array, not a checkpoint"},
    {"\x89HDF\r\n", "is an HDF5 file, not a checkpoint"},
    {"\x89PNG", "is a PNG image, not a checkpoint"},
    {"\xff\xd8\xff", "is a JPEG image, not a checkpoint"},
    {"%PDF", "is a PDF document, not a checkpoint"},
    {"\x7f"
     "ELF",
     "is a program, not a checkpoint"},
    {"GGUF", "is a GGUF file: convert the original checkpoint instead"},
    {"TFL3", "is a TensorFlow Lite model: convert the original checkpoint instead", 4},
    {"\x1f\x8b", "is compressed by gzip: unpack it first"},
    {"BZh", "is compressed by bzip2: unpack it first"},
    {"\xfd"
     "7zXZ",
     "is compressed by xz: unpack it first"},
    {"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it first"},
    {"7z\xbc\xaf", "is a 7z archive: unpack it first"},
    {"Rar!", "is a RAR archive: unpack it first"},
    {"PK\x05\x06", "is an empty zip file"},
    {"ustar", "is a tar archive: unpack it, or, if torch before 0.2 wrote it, save it anew with a later torch", 257},
};

std::string lower_start(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  std::string start(text.substr(begin, 16));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return start;
}

// Models as protocol buffers: field 1 is the version, a small number, then comes a field of text or a message.
std::string_view protobuf_kind(std::string_view bytes) {
  constexpr std::string_view kNextTags = "\x12\x1a\x22\x28\x32\x3a\x42";
  if (bytes.size() < 4 || bytes[0] != 0x08 || bytes[1] < 1 || bytes[1] >= 0x20) return {};
  if (bytes[1] == 1 && bytes[2] == 0x12)
    return "looks like a TensorFlow SavedModel: weights in PyTorch's format are needed";
  if (kNextTags.find(bytes[2]) == std::string_view::npos) return {};
  return "looks like an ONNX or Core ML model: convert the original checkpoint instead";
}

}  // namespace

std::string foreign_kind(std::string_view bytes) {
  if (bytes.empty()) return "is empty";
  if (is_lfs_pointer(bytes)) return kIsLfsPointer;
  for (const Foreign& foreign : kForeign) {
    if (bytes.size() > foreign.offset && bytes.substr(foreign.offset).starts_with(foreign.magic)) {
      return std::string(foreign.what);
    }
  }
  if (bytes.ends_with("\x57\xfb\x80\x8b\x24\x75\x47\xdb")) {
    return "is the index of a TensorFlow checkpoint: weights in PyTorch's format are needed";
  }
  // Text, not numbers: a length or an opcode at the start of a checkpoint has bytes below the blank near it.
  const std::string_view start = bytes.substr(0, 8);
  const bool text = std::none_of(start.begin(), start.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t';
  });
  if (text) {
    const std::string begin = lower_start(bytes);
    if (begin.starts_with("<!doctype") || begin.starts_with("<html")) {
      return "is a web page, not a checkpoint (a failed download?)";
    }
    if (begin.starts_with("<")) return "is XML, not a checkpoint";
    if (begin.starts_with("{") || begin.starts_with("[")) return "is JSON, not a checkpoint";
  }
  return std::string(protobuf_kind(bytes));
}

}  // namespace cnclip
