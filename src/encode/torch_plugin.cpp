#include "encode/torch_plugin.h"

#include <dlfcn.h>
#include <headers_digest.h>  // made by CMake
#include <link.h>

#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace cnclip {
namespace {

std::string file_of(void* library) {
  ::link_map* map = nullptr;
  return ::dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "libcnclip_torch.so";
}

void check_build(void* library) {
  const auto headers = reinterpret_cast<const char* (*)()>(::dlsym(library, "cnclip_torch_headers"));
  if (headers == nullptr || std::string_view(headers()) != kHeadersDigest) {
    throw_unavailable("{} was built from other sources than this program; install both from one build",
                      file_of(library));
  }
}

}  // namespace

void* torch_plugin_function(const char* name) {
  // LibTorch's OpenMP threads spin while they wait for each other. Where another process, or a thread that loads
  // pictures, takes one of their cores, that makes them many times slower: they shall sleep soon.
  ::setenv("GOMP_SPINCOUNT", "4000", 0);
  void* library = ::dlopen("libcnclip_torch.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw_unavailable("LibTorch: {}; configure with -DCNCLIP_TORCH=ON (scripts/setup.sh fetches it)", ::dlerror());
  }
  check_build(library);
  void* function = ::dlsym(library, name);
  if (function == nullptr) throw_internal("libcnclip_torch.so: {}", ::dlerror());
  return function;
}

}  // namespace cnclip
