// Ground truth and predictions of retrieval: turned the other way round they pair as much, and they can be judged.
#include <cstdlib>

#include "base/error.h"
#include "eval/retrieval/predictions.h"
#include "memory_file.h"

namespace {

std::size_t pairs(const cnclip::IdLists& lists) {
  std::size_t count = 0;
  for (const cnclip::IdList& list : lists.lists) count += list.ids.size();
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnclip;
  const MemoryFile file(data, size);
  try {
    const IdLists lists = read_id_lists(file.path());
    if (pairs(inverted(lists)) != pairs(lists)) std::abort();
    const Direction direction = evaluate_predictions(lists, lists);
    if (direction.recall.r1 > direction.recall.r5 || direction.recall.r5 > direction.recall.r10) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
