// Times as people say them.
#pragma once

#include <string>

namespace cnclip {

// "2 d 3 h", "3 h 12 min", "12 min", "45 s"; "?" for what is not finite or negative.
std::string duration_text(double seconds);

}  // namespace cnclip
