// What training asks of malloc.
#pragma once

#include <malloc.h>

namespace cnclip {

// Every step takes the same memory as the one before. Given back to the system in between, as malloc does with large
// blocks, all its pages would have to be cleared and mapped again.
inline void keep_freed_memory() {
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
}

}  // namespace cnclip
