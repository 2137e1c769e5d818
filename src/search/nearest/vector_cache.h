// A snapshot in a file, to start from without reading a database through.
//
// The file is mapped, so that a million vectors are there at once. It is untrusted: its digests are checked before
// anything in it is used, and numbers are checked against its size.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "search/nearest/snapshot.h"

namespace cnclip::search {

// What a cache is of. One that is of anything else is not used.
struct CacheOrigin {
  std::string library;       // which index and model, in any words
  std::int64_t version = 0;  // of the library, at which its vectors were these
};

struct CacheSettings {
  std::size_t lists = 0;           // 0: as many as its size asks for; none below 200,000 vectors
  double recall = 0.99;            // to be reached by looking into some of them
  std::span<const float> queries;  // on which too it is to be reached (see measure_effort)
  int threads = 0;
};

// Writes the vectors that count, list by list. Takes minutes for a million, and no memory to speak of besides.
void write_vector_cache(const std::filesystem::path& path, const Snapshot& snapshot, const CacheOrigin& origin,
                        const CacheSettings& settings);

struct CachedVectors {
  CacheOrigin origin;
  Snapshot snapshot;
};
// Nothing where there is no such file, or none that can be used for that library and width: it can be made anew.
std::optional<CachedVectors> open_vector_cache(const std::filesystem::path& path, const std::string& library,
                                               std::int64_t width);

}  // namespace cnclip::search
