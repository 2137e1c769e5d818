// The values of the official `pairs` LMDB: Python pickles of (image_id, text_id, text).
#pragma once

#include <string_view>

#include "data/formats/record.h"

namespace cnclip {

struct PickledPair {
  Id image_id, text_id;
  std::string text;
  bool operator==(const PickledPair&) const = default;
};

// Protocols 0 to 5. A machine that knows integers, strings, tuples and its memo, and nothing else; its memory is
// bounded by the bytes given. Throws bad_input; `where` opens the message.
PickledPair read_pickled_pair(std::string_view bytes, std::string_view where);

// Byte for byte what pickle.dumps makes of the tuple at protocol 4, framing and memo included.
std::string pickled_pair(const PickledPair& pair);

}  // namespace cnclip
