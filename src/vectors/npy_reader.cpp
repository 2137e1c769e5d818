#include "vectors/npy_reader.h"

#include <charconv>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace cnclip {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

// What stands behind "'key':" in the header's dictionary, up to its end.
std::string_view value_of(std::string_view header, std::string_view key, const std::string& name) {
  std::size_t at = header.find(fmt::format("'{}'", key));
  if (at != std::string_view::npos) at = header.find(':', at + key.size() + 2);
  if (at == std::string_view::npos) throw_bad_input("{}: the header names no '{}'", name, key);
  header.remove_prefix(at + 1);
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

// "(3, 512)" or "(3, 512,)".
std::pair<std::int64_t, std::int64_t> two_dimensions(std::string_view text, const std::string& name) {
  const std::string_view shape = text.substr(0, text.find(')') == std::string_view::npos ? 0 : text.find(')') + 1);
  const auto refuse = [&] { throw_bad_input("{}: shape {}: rows of features have two dimensions", name, shape); };
  std::string_view rest = shape;
  const auto skip = [&](std::string_view what) {
    rest.remove_prefix(std::min(rest.find_first_not_of(what), rest.size()));
  };
  const auto number = [&] {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc() || value < 0) refuse();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return value;
  };
  skip("( ");
  const std::int64_t rows = number();
  skip(", ");
  const std::int64_t columns = number();
  skip(", ");
  if (rest != ")") refuse();
  return {rows, columns};
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 12) throw_bad_input("{}: not a NumPy file", name);
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) throw_bad_input("{}: NumPy file of version {}, known are 1 to 3", name, version);
  const std::size_t begin = version == 1 ? 10 : 12;
  const std::size_t size = byte(8) | byte(9) << 8 | (version == 1 ? 0 : byte(10) << 16 | byte(11) << 24);
  if (size > text.size() - begin) throw_bad_input("{}: the file ends within its header of {} bytes", name, size);
  const std::string_view header = text.substr(begin, size);

  const std::string_view kind = value_of(header, "descr", name);
  if (!kind.starts_with("'<f4'")) {
    throw_bad_input("{}: elements of type {}: features are float32, '<f4'", name, kind.substr(0, kind.find(',')));
  }
  if (!value_of(header, "fortran_order", name).starts_with("False"))
    throw_bad_input("{}: columns lie one after another (fortran_order): features are in C order", name);
  const auto [rows, columns] = two_dimensions(value_of(header, "shape", name), name);
  return {rows, columns, begin + size};
}

Tensor read_npy(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const NpyHeader header = parse_npy_header(file->bytes(), path.string());
  const Shape shape = {header.rows, header.columns};
  const std::size_t size = byte_count(DType::f32, shape);
  if (const std::size_t there = file->size() - header.data; there != size) {
    throw_bad_input("{}: {} rows of {} values take {} bytes, behind the header are {}", path.string(), header.rows,
                    header.columns, size, there);
  }
  if (header.data % sizeof(float) != 0)
    throw_bad_input("{}: the values begin at byte {}, which is no multiple of 4", path.string(), header.data);
  return Tensor(DType::f32, shape, file->slice(header.data, size));
}

}  // namespace cnclip
