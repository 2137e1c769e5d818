// libcnclip_torch.so beside our library: the engine and the trainer that need LibTorch. It stays open: what it made
// lives as long as the process may.
#pragma once

namespace cnclip {

// The function of that name. Throws unavailable where this build, or this machine, has no LibTorch,
// or one built from other headers.
void* torch_plugin_function(const char* name);

}  // namespace cnclip
