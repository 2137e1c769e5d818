// What goes wrong on a device, in the project's terms.
#pragma once

#include <c10/core/Device.h>
#include <c10/util/Exception.h>

#include "base/error.h"

namespace cnclip {

// The value of `work`. Throws unavailable where the device's memory is not enough, internal for all else that LibTorch
// or the driver finds.
template <class Work>
auto on_device(c10::Device device, const Work& work) {
  try {
    return work();
  } catch (const c10::OutOfMemoryError& error) {
    throw_unavailable("device {}: not enough memory: {}", device.str(), error.what_without_backtrace());
  } catch (const c10::Error& error) {
    throw_internal("device {}: {}", device.str(), error.what_without_backtrace());
  }
}

}  // namespace cnclip
