// The entry point for CUDA devices of libcnclip_torch.so; encode/engines.cpp looks it up.
#include "engine/torch/cuda/cuda.h"

extern "C" cnclip::Engine* cnclip_cuda_engine(int index) {
  return cnclip::make_cuda_engine(index).release();
}
