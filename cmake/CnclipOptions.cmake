# Build options, and the flags that every target of the project gets through cnclip_flags.
option(CNCLIP_TESTS "Build the unit tests" ${PROJECT_IS_TOP_LEVEL})
option(CNCLIP_BENCHMARKS "Build the micro-benchmarks" OFF)
option(CNCLIP_FUZZ "Build the fuzz targets (clang)" OFF)
option(CNCLIP_OPENVINO "Build the OpenVINO engine" ON)
option(CNCLIP_WERROR "Treat warnings as errors" OFF)
set(CNCLIP_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize= (address,undefined or thread)")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

find_program(CNCLIP_CCACHE ccache)
if(CNCLIP_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the checkout, so that a fresh clone finds what another one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" "${CNCLIP_CCACHE}")
endif()

add_library(cnclip_flags INTERFACE)
target_compile_options(cnclip_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(cnclip_flags INTERFACE -Wno-restrict)  # GCC 12 sees overlaps in joined strings that are none
endif()
if(CNCLIP_WERROR)
  target_compile_options(cnclip_flags INTERFACE -Werror)
endif()
if(CNCLIP_SANITIZE)
  target_compile_options(cnclip_flags INTERFACE -fsanitize=${CNCLIP_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all)
  target_link_options(cnclip_flags INTERFACE -fsanitize=${CNCLIP_SANITIZE})
endif()
if(CNCLIP_FUZZ)
  target_compile_options(cnclip_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(cnclip_flags INTERFACE -fsanitize=address,undefined)
endif()
