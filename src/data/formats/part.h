// Which items of an input are whose.
#pragma once

#include <cstddef>

namespace cnclip {

// Of the items in their order, counted from 0, those whose number is `index` modulo `of`: each is of one part, and the
// parts are of equal size but for one item.
struct Part {
  std::size_t index = 0;
  std::size_t of = 1;

  bool has(std::size_t item) const { return item % of == index; }
  // How many of `items` are in it.
  std::size_t share(std::size_t items) const { return items / of + (items % of > index ? 1 : 0); }
};

}  // namespace cnclip
