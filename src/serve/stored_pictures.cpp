#include "serve/stored_pictures.h"

#include "base/file.h"
#include "base/sha256.h"
#include "cnclip/image.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

using namespace std::string_view_literals;

std::string type_of(std::string_view bytes) {
  const auto begins = [&](std::string_view magic, std::size_t at = 0) {
    return bytes.substr(std::min(at, bytes.size())).starts_with(magic);
  };
  if (begins("\xff\xd8\xff")) return "image/jpeg";
  if (begins("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins("RIFF") && begins("WEBP", 8)) return "image/webp";
  if (begins("GIF8")) return "image/gif";
  if (begins("BM")) return "image/bmp";
  if (begins("II") || begins("MM")) return "image/tiff";
  if (begins("ftypavif", 4)) return "image/avif";
  if (begins("ftyp", 4)) return "image/heic";
  return "application/octet-stream";
}

// A browser shows nothing but a picture of it, whatever its bytes.
HttpReply file(std::string type, std::string bytes, const std::string& tag, const std::string& if_none_match) {
  HttpReply reply{200,
                  std::move(type),
                  std::move(bytes),
                  {{"ETag", tag},
                   {"Cache-Control", "private, max-age=0, must-revalidate"},
                   {"Content-Security-Policy", "default-src 'none'; sandbox"}}};
  if (if_none_match != tag) return reply;
  reply.status = 304;
  reply.body.clear();
  return reply;
}

search::Picture known_picture(const search::Library& library, search::Row row) {
  auto picture = library.picture(row);
  if (!picture || picture->hash.empty()) throw_no_picture();
  return std::move(*picture);
}

}  // namespace

void throw_no_picture() {
  throw ApiError(404, "picture_not_found", "the index has no such picture, or its file has gone or changed");
}

HttpReply stored_thumbnail(const search::Library& library, search::Row row, const std::string& if_none_match) {
  const search::Picture picture = known_picture(library, row);
  auto bytes = library.thumbnail(row);
  if (!bytes) throw_no_picture();
  return file("image/jpeg", std::move(*bytes), "\"t" + picture.hash + "\"", if_none_match);
}

HttpReply stored_original(const search::Library& library, search::Row row, const std::string& if_none_match) {
  const search::Picture picture = known_picture(library, row);
  std::string bytes;
  try {
    bytes = read_file(library.location(picture), DecodeOptions{}.max_bytes);
  } catch (const Error&) {
    throw_no_picture();
  }
  if (sha256_hex(std::as_bytes(std::span(bytes))) != picture.hash) throw_no_picture();
  std::string type = type_of(bytes);
  return file(std::move(type), std::move(bytes), "\"" + picture.hash + "\"", if_none_match);
}

}  // namespace cnclip::serve
