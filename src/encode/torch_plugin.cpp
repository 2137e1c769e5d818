#include "encode/torch_plugin.h"

#include <dlfcn.h>

#include <cstdlib>

#include "base/error.h"

namespace cnclip {

void* torch_plugin_function(const char* name) {
  // LibTorch's OpenMP threads spin while they wait for each other. Where another process, or a thread that loads
  // pictures, takes one of their cores, that makes them many times slower: they shall sleep soon.
  ::setenv("GOMP_SPINCOUNT", "4000", 0);
  void* library = ::dlopen("libcnclip_torch.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw_unavailable("LibTorch: {}; configure with -DCNCLIP_TORCH=ON (scripts/setup.sh fetches it)", ::dlerror());
  }
  void* function = ::dlsym(library, name);
  if (function == nullptr) throw_internal("libcnclip_torch.so: {}", ::dlerror());
  return function;
}

}  // namespace cnclip
