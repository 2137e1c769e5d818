// An HTTP answer, read from bytes that nobody vouches for.
#pragma once

#include <functional>
#include <span>
#include <string>

namespace cnclip::fetch {

// Fills the room with at least one byte and says how many; 0 at the end of the connection. May throw.
using More = std::function<std::size_t(std::span<char> room)>;

struct AnswerBounds {
  std::size_t bytes = 0;                       // of the body
  std::function<bool(std::size_t more)> take;  // before more bytes of the body are kept: false refuses them
};

// The body of an answer with status 200, by its length, in chunks, or to the end of the connection. Throws FetchError:
// redirect, too_large, no_room, no_answer. Headers of over 16 KiB are no answer.
std::string read_answer(const More& more, const AnswerBounds& bounds);

}  // namespace cnclip::fetch
