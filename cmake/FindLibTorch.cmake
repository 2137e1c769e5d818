# LibTorch from the PyTorch wheel that scripts/setup.sh unpacks: the target cnclip_dep_torch.
#
# The wheel's own TorchConfig.cmake demands the CUDA toolkit. The CPU half needs none: libtorch_cpu and libc10 are linked
# directly, and find the two small CUDA libraries they were linked with in the folder nvidia beside them.
find_path(LIBTORCH_INCLUDE_DIR torch/csrc/autograd/variable.h PATHS "${CNCLIP_DEPS}/torch/include" NO_DEFAULT_PATH)
find_library(LIBTORCH_CPU_LIBRARY torch_cpu PATHS "${CNCLIP_DEPS}/torch/lib" NO_DEFAULT_PATH)
find_library(LIBTORCH_C10_LIBRARY c10 PATHS "${CNCLIP_DEPS}/torch/lib" NO_DEFAULT_PATH)
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
