#include "search/vectors.h"

#include "base/error.h"
#include "search/memory_vectors.h"
#include "search/server_vectors.h"

namespace cnclip::search {

void throw_gone_over(const Library& library) {
  throw_unavailable("{}: its pictures have been encoded anew by another model: open it again",
                    library.folder().string());
}

std::unique_ptr<Vectors> open_vectors(const Library& library, int threads) {
  if (library.vector_server()) return std::make_unique<ServerVectors>(library);
  return std::make_unique<MemoryVectors>(library, threads);
}

}  // namespace cnclip::search
