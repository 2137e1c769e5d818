// What a library knows: of its model, its sources, its pictures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cnclip::search {

// The number of a picture. It stays while the picture does, also when the file moves, and is never given again.
using Row = std::int64_t;

// What vectors were made by. Only vectors of equal stamps (path and name aside) may be compared.
struct ModelStamp {
  std::string path;         // as it can be opened again: an absolute path, or a name in the model store
  std::string name;         // of the architecture
  std::string fingerprint;  // of configuration and tensors: the same for equal weights in any file
  std::int64_t width = 0;   // of a vector
  // How pictures became pixels.
  std::int64_t transform = 0;  // version of the program's own transform
  std::int64_t image_size = 0;
  bool fast_decode = false;
  bool oriented = false;  // turned as EXIF says
  std::string precision;  // "f32", "bf16" or "f16"

  bool same_vectors(const ModelStamp& other) const;
};

// Thumbnails are at most so wide and high. Fast decoding of any picture makes it no smaller.
inline constexpr int kThumbnailSide = 320;

enum class SourceKind {
  folder,      // pictures below a folder
  list,        // paths, a line each
  containers,  // tar shards, official TSV, LMDB: files that hold many pictures
};
const char* name_of(SourceKind kind);

struct LibrarySource {
  std::int64_t id = 0;
  SourceKind kind = SourceKind::folder;
  std::string path;     // absolute; bytes, as the system has them
  bool hidden = false;  // hidden files too
  std::string problem;  // why the latest update could not look through all of it; empty: it could
};

// A file as a scan finds it.
struct FoundFile {
  std::string path;           // below its source
  std::int64_t bytes = 0;     // -1: there is no file behind the name (a link to nothing, a pipe)
  std::int64_t modified = 0;  // nanoseconds since 1970
};

// Broken pictures are settled: they have an error in place of a content.
enum class PictureState : std::int64_t { settled = 0, waiting = 1, missing = 2 };

// A picture as an update knows it.
struct KnownFile {
  Row row = 0;
  std::int64_t source = 0;
  FoundFile file;
  PictureState state = PictureState::settled;
  std::int64_t content = 0;  // 0: none
  bool broken = false;       // has an error
};

struct Picture {
  Row row = 0;
  std::int64_t source = 0;
  std::string path;               // below the source (of a list: the line; in containers: file, slash, id); any bytes
  std::int64_t bytes = 0;         // of the file
  std::int64_t modified = 0;      // nanoseconds since 1970
  std::int64_t content = 0;       // equal for equal bytes; 0: not read yet, or broken
  std::string hash;               // SHA-256 of the bytes, hexadecimal; empty as long as content is 0
  int width = 0, height = 0;      // pixels, upright; 0 as long as content is 0
  bool waiting = false;           // new or changed, to be read (until then its old vector answers)
  std::string error;              // why it has no vector; empty: it has, or is waiting
  std::vector<std::string> tags;  // sorted
};

// The vectors that answer, and those of the model that a migration leads to.
enum class VectorSet { current, next };

// A server that keeps the vectors of a library.
struct VectorServer {
  std::string address;  // of the collection of one set
  std::string library;  // which one its collections are of: drawn at random, for paths and names may be equal
  std::string given;    // the address that the index was made with; that of the first model's collection
};

// A collection that nobody needs any more, of a model that the library has left.
struct LeftCollection {
  std::int64_t model = 0;  // its number in the library
  VectorServer server;
  ModelStamp stamp;
};

// A row that the server of vectors does not know as it is, and the version that made it so.
struct UnsentRow {
  Row row = 0;
  std::int64_t version = 0;
};

// Bounds are inclusive; what is not set is not asked.
struct Filter {
  std::optional<std::string> folder;  // absolute, or relative to a source: pictures in it and below
  std::optional<std::int64_t> modified_from, modified_to;  // nanoseconds since 1970
  std::optional<std::int64_t> bytes_from, bytes_to;
  std::optional<int> width_from, width_to, height_from, height_to;
  std::vector<std::string> tags;          // all of them
  std::vector<std::string> without_tags;  // none of them

  bool empty() const;
};

struct Counts {
  std::int64_t pictures = 0;    // files known
  std::int64_t searchable = 0;  // that have a vector
  std::int64_t contents = 0;    // different ones among them
  std::int64_t waiting = 0;     // to be read
  std::int64_t missing = 0;     // not found by an update that has not ended
  std::int64_t broken = 0;      // have an error
  std::int64_t unsent = 0;      // to be told to the server of vectors, where there is one (of those that answer)
};

}  // namespace cnclip::search
