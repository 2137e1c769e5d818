# NVIDIA's TensorRT SDK, 10 or later, in -DTensorRT_ROOT=<folder of the SDK> or where the system has it, with the CUDA
# runtime that it needs: the target cnclip_dep_tensorrt. Without it cnclip is whole but for `export tensorrt`.
find_path(TensorRT_INCLUDE_DIR NvInfer.h)
find_path(TensorRT_PARSER_INCLUDE_DIR NvOnnxParser.h HINTS "${TensorRT_INCLUDE_DIR}")
find_library(TensorRT_LIBRARY nvinfer)
find_library(TensorRT_PARSER_LIBRARY nvonnxparser)
set(cuda_places "${CUDAToolkit_ROOT}" ENV CUDA_HOME /usr/local/cuda)
find_path(TensorRT_CUDA_INCLUDE_DIR cuda_runtime_api.h PATHS ${cuda_places} PATH_SUFFIXES include targets/x86_64-linux/include)
find_library(TensorRT_CUDA_LIBRARY NAMES cudart libcudart.so.13 libcudart.so.12 PATHS ${cuda_places}
             PATH_SUFFIXES lib64 lib targets/x86_64-linux/lib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TensorRT REQUIRED_VARS
  TensorRT_LIBRARY TensorRT_PARSER_LIBRARY TensorRT_INCLUDE_DIR TensorRT_PARSER_INCLUDE_DIR
  TensorRT_CUDA_LIBRARY TensorRT_CUDA_INCLUDE_DIR)
mark_as_advanced(TensorRT_LIBRARY TensorRT_PARSER_LIBRARY TensorRT_INCLUDE_DIR TensorRT_PARSER_INCLUDE_DIR
                 TensorRT_CUDA_LIBRARY TensorRT_CUDA_INCLUDE_DIR)
if(TensorRT_FOUND AND NOT TARGET cnclip_dep_tensorrt)
  add_library(cnclip_dep_tensorrt INTERFACE)
  target_include_directories(cnclip_dep_tensorrt SYSTEM INTERFACE
    "${TensorRT_INCLUDE_DIR}" "${TensorRT_PARSER_INCLUDE_DIR}" "${TensorRT_CUDA_INCLUDE_DIR}")
  target_link_libraries(cnclip_dep_tensorrt INTERFACE
    "${TensorRT_LIBRARY}" "${TensorRT_PARSER_LIBRARY}" "${TensorRT_CUDA_LIBRARY}")
endif()
