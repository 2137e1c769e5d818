# Third-party packages. Debian packages are found by pkg-config or their CMake files; OpenVINO and the vocabulary come
# from the folder that scripts/setup.sh fills (CNCLIP_DEPS).
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(Threads REQUIRED)

set(CNCLIP_DEPS "" CACHE PATH "Folder that scripts/setup.sh fills; empty: the one that scripts/deps_dir.sh names")
if(NOT CNCLIP_DEPS)  # asked for anew each time, so that a change of the lock file is seen
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/deps_dir.sh" OUTPUT_VARIABLE CNCLIP_DEPS
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
if(NOT EXISTS "${CNCLIP_DEPS}/vocab.txt")
  message(FATAL_ERROR "${CNCLIP_DEPS} is not complete: run scripts/setup.sh")
endif()
set(CNCLIP_TEST_DATA "${PROJECT_SOURCE_DIR}/../shared/data" CACHE PATH "Real data for tests; absent is fine")

# cnclip_pkg(<name> <pkg-config module>...): the interface target cnclip_dep_<name>
function(cnclip_pkg name)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${ARGN})
  add_library(cnclip_dep_${name} INTERFACE)
  target_link_libraries(cnclip_dep_${name} INTERFACE PkgConfig::${name})
endfunction()

cnclip_pkg(utf8proc libutf8proc)
cnclip_pkg(zlib zlib)
cnclip_pkg(openssl libcrypto)
cnclip_pkg(https cpp-httplib libssl libcrypto)
cnclip_pkg(codecs libjpeg libpng libwebp libwebpdemux libtiff-4 libheif)
cnclip_pkg(containers libarchive lmdb)
cnclip_pkg(re2 re2)
cnclip_pkg(sqlite sqlite3)
find_package(GIF REQUIRED)
target_link_libraries(cnclip_dep_codecs INTERFACE GIF::GIF)
find_package(nlohmann_json REQUIRED)
add_library(cnclip_dep_json INTERFACE)
target_link_libraries(cnclip_dep_json INTERFACE nlohmann_json::nlohmann_json)
add_library(cnclip_dep_toml INTERFACE)  # toml++ is header-only, in the system's include path
# BLIS into the program itself: its sgemm_ would take the place of the one that LibTorch carries if it were shared.
find_path(CNCLIP_BLIS_INCLUDE blis.h PATH_SUFFIXES blis-serial REQUIRED)
find_library(CNCLIP_BLIS libblis.a PATH_SUFFIXES blis-serial REQUIRED)
add_library(cnclip_dep_blis INTERFACE)
target_include_directories(cnclip_dep_blis SYSTEM INTERFACE ${CNCLIP_BLIS_INCLUDE})
target_link_libraries(cnclip_dep_blis INTERFACE ${CNCLIP_BLIS})
find_package(Protobuf REQUIRED)
find_library(CNCLIP_ONNX_PROTO onnx_proto REQUIRED)
add_library(cnclip_dep_onnx INTERFACE)
target_link_libraries(cnclip_dep_onnx INTERFACE ${CNCLIP_ONNX_PROTO} protobuf::libprotobuf)
target_compile_definitions(cnclip_dep_onnx INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)

# Arrow and LibTorch as their wheels carry them: headers and shared libraries, whose names hold a version.
file(GLOB CNCLIP_ARROW_LIBRARIES "${CNCLIP_DEPS}/pyarrow/libarrow.so.*" "${CNCLIP_DEPS}/pyarrow/libparquet.so.*")
add_library(cnclip_dep_parquet INTERFACE)
target_include_directories(cnclip_dep_parquet SYSTEM INTERFACE "${CNCLIP_DEPS}/pyarrow/include")
target_link_libraries(cnclip_dep_parquet INTERFACE ${CNCLIP_ARROW_LIBRARIES})
# libparquet has an OpenSSL within, and gives its names away: where it comes first, TLS is made of halves of two versions, and
# ends in a crash.
target_link_options(cnclip_dep_parquet INTERFACE "LINKER:--push-state,--no-as-needed,-lssl,-lcrypto,--pop-state")
if(CNCLIP_TORCH)
  find_package(LibTorch REQUIRED)
  find_package(MPI REQUIRED COMPONENTS CXX)
  add_library(cnclip_dep_mpi INTERFACE)
  target_link_libraries(cnclip_dep_mpi INTERFACE MPI::MPI_CXX)
  target_compile_definitions(cnclip_dep_mpi INTERFACE OMPI_SKIP_MPICXX=1)  # its C++ bindings are deprecated
endif()

if(CNCLIP_OPENVINO)
  set(OpenVINO_DIR "${CNCLIP_DEPS}/openvino/cmake")
  find_package(OpenVINO 2026 REQUIRED COMPONENTS Runtime)
endif()
find_package(TensorRT)  # where there is one
if(CNCLIP_TESTS)
  find_package(GTest REQUIRED)
  enable_testing()
endif()
