// Entry points of libcnclip_torch.so; encode/ looks them up.
#include <headers_digest.h>  // made by CMake

#include "engine/torch/torch.h"

extern "C" const char* cnclip_torch_headers() {
  return cnclip::kHeadersDigest;
}

extern "C" cnclip::Engine* cnclip_torch_engine() {
  return cnclip::make_torch_engine().release();
}
