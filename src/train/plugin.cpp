// An entry point of libcnclip_torch.so; cli/train.cpp looks it up.
#include "train/run.h"

extern "C" int cnclip_torch_train(const cnclip::Recipe* recipe, bool resume) {
  return cnclip::run_training(*recipe, resume);
}
