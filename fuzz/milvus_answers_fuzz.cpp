// Any bytes as the answers of a Milvus server: what is read keeps its promises.
#include <cmath>
#include <cstdlib>
#include <set>
#include <string_view>

#include "cnclip/error.h"
#include "search/milvus/answers.h"

namespace {

using namespace cnclip::search;

void require(bool held) {
  if (!held) std::abort();
}

void hits(std::string_view answer) {
  std::set<std::int64_t> rows;
  float best = INFINITY;
  for (const MilvusHit& hit : read_hits(answer, "row")) {
    require(std::isfinite(hit.product) && hit.product <= best && rows.insert(hit.row).second);
    best = hit.product;
  }
}

void vectors(std::string_view answer) {
  for (const auto& [number, vector] : read_vectors(answer, "row", 2)) {
    require(vector.size() == 2 && std::abs(std::hypot(vector[0], vector[1]) - 1) < 1e-2);
  }
}

void collection(std::string_view answer) {
  read_collection(answer);
}

void numbers(std::string_view answer) {
  read_numbers(answer, "row");
}

void taken(std::string_view answer) {
  read_taken(answer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr void (*kReaders[])(std::string_view) = {hits, vectors, collection, numbers, taken};
  const std::string_view answer(reinterpret_cast<const char*>(data + 1), size - 1);
  try {
    kReaders[data[0] % 5](answer);
  } catch (const cnclip::Error&) {
  }
  return 0;
}
