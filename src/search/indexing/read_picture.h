// A picture from its file to what the library keeps and the encoder takes.
#pragma once

#include <functional>

#include "search/library/writer.h"

namespace cnclip::search {

// How pictures become pixels, and whether the library wants to know of them: size, look, thumbnail.
struct Transform {
  int image_size = 224;
  bool fast_decode = false;
  bool oriented = false;
  bool described = true;
};
inline constexpr std::int64_t kTransformVersion = 1;  // grows when the same file would give other pixels

struct ReadPicture {
  KnownFile known;  // row 0: of a container, not yet looked up
  FoundFile file;   // as it was when it was read
  ReadContent content;
  bool has_vector = false;           // the library has a vector for this content
  std::vector<std::uint8_t> pixels;  // 3 x S x S, where it has none
  std::string error;                 // why it is no picture
  bool unsteady = false;             // was changed again and again while it was read
};

// Whether a content (by its hash) has a vector already. Any number of threads.
using HasVector = std::function<bool(const std::string& hash)>;

// Fills in content (its hash alone, unless `described`), and pixels where they are needed, or the error. `name` is for
// messages.
void read_bytes(std::string_view bytes, const std::string& name, const Transform& transform,
                const HasVector& has_vector, ReadPicture& picture);

// Reads the file at `location` first. A file that is replaced meanwhile is read again; pipes and devices are not read.
void read_file_of(const std::string& location, const Transform& transform, const HasVector& has_vector,
                  ReadPicture& picture);

}  // namespace cnclip::search
