# LibTorch from the PyTorch wheel that scripts/setup.sh unpacks: the target cnclip_dep_torch.
#
# The wheel's own TorchConfig.cmake demands the CUDA toolkit. The CPU half needs none: libtorch_cpu and libc10 are linked
# directly, and find the two small CUDA libraries they were linked with in the folder nvidia beside them.
#
# With CNCLIP_CUDA also cnclip_dep_cuda: LibTorch's CUDA half, the runtime and NCCL. All are then taken from the
# environment of the parity tests, where the same wheel has all of NVIDIA's beside it.
set(LIBTORCH_WHEELS "${CNCLIP_DEPS}")
if(CNCLIP_CUDA)
  file(GLOB LIBTORCH_WHEELS "${CNCLIP_DEPS}/parity/lib/python3*/site-packages")
  if(NOT LIBTORCH_WHEELS)
    message(FATAL_ERROR "CNCLIP_CUDA: ${CNCLIP_DEPS}/parity is not there: run scripts/setup.sh parity")
  endif()
endif()
find_path(LIBTORCH_INCLUDE_DIR torch/csrc/autograd/variable.h PATHS "${LIBTORCH_WHEELS}/torch/include" NO_DEFAULT_PATH)
find_library(LIBTORCH_CPU_LIBRARY torch_cpu PATHS "${LIBTORCH_WHEELS}/torch/lib" NO_DEFAULT_PATH)
find_library(LIBTORCH_C10_LIBRARY c10 PATHS "${LIBTORCH_WHEELS}/torch/lib" NO_DEFAULT_PATH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_INCLUDE_DIR)
mark_as_advanced(LIBTORCH_INCLUDE_DIR LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY)
if(LibTorch_FOUND AND NOT TARGET cnclip_dep_torch)
  add_library(cnclip_dep_torch INTERFACE)
  # After the system's own folders: the wheel carries fmt's and protobuf's headers too, of other versions.
  target_compile_options(cnclip_dep_torch INTERFACE "SHELL:-idirafter ${LIBTORCH_INCLUDE_DIR}"
                                                    "SHELL:-idirafter ${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include")
  target_link_libraries(cnclip_dep_torch INTERFACE "${LIBTORCH_CPU_LIBRARY}" "${LIBTORCH_C10_LIBRARY}")
endif()
if(LibTorch_FOUND AND CNCLIP_CUDA AND NOT TARGET cnclip_dep_cuda)
  set(nvidia "${LIBTORCH_WHEELS}/nvidia")
  add_library(cnclip_dep_cuda INTERFACE)
  target_include_directories(cnclip_dep_cuda SYSTEM INTERFACE "${nvidia}/cu13/include" "${nvidia}/nccl/include")
  # Nothing names libtorch_cuda: loading it is what gives LibTorch its CUDA kernels.
  target_link_libraries(cnclip_dep_cuda INTERFACE
    "-Wl,--push-state,--no-as-needed" "${LIBTORCH_WHEELS}/torch/lib/libtorch_cuda.so" "-Wl,--pop-state"
    "${LIBTORCH_WHEELS}/torch/lib/libc10_cuda.so" "${nvidia}/cu13/lib/libcudart.so.13"
    "${nvidia}/nccl/lib/libnccl.so.2")
  # LibTorch's own libraries know where theirs are, the linker does not follow them there.
  target_link_options(cnclip_dep_cuda INTERFACE "LINKER:--allow-shlib-undefined")
endif()
