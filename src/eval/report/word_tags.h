// Captions that are not as people write them.
#pragma once

#include <string_view>

namespace cnclip {

// "一/m 个/q 小女孩/n": words with the tags of their kinds, as one circulating caption file of Flickr30K-CN has them.
// Models lose many points on such texts.
bool has_word_tags(std::string_view text);

}  // namespace cnclip
