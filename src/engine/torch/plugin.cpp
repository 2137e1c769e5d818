// The entry point of libcnclip_torch.so; encode/engines.cpp looks it up.
#include "engine/torch/torch.h"

extern "C" cnclip::Engine* cnclip_torch_engine() {
  return cnclip::make_torch_engine().release();
}
