// Any bytes as a line of an official text JSONL: an item with a text that is UTF-8, or one that says why it is none.
#include <cstdint>
#include <cstdlib>

#include "cnclip/tokenizer.h"
#include "data/records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cnclip::TextItem item = cnclip::text_record({reinterpret_cast<const char*>(data), size});
  if (item.error.empty()) cnclip::Tokenizer::chinese().encode(item.text);  // throws unless it is
  return 0;
}
