# generated/headers_digest.h, made anew when a header changes. C++ types cross between the program and its plugin, and a
# plugin that was compiled with other headers would not be refused by any linker.
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB_RECURSE headers RELATIVE "${ROOT}" "${ROOT}/include/*.h" "${ROOT}/src/*.h")
  set(all "${COMPILER}\n")
  foreach(header IN LISTS headers)
    file(SHA256 "${ROOT}/${header}" digest)
    string(APPEND all "${header} ${digest}\n")
  endforeach()
  string(SHA256 digest "${all}")
  file(WRITE "${OUTPUT}" "// Made by CMake: all headers, and the compiler.\n#pragma once\n\nnamespace cnclip {\n"
                         "inline constexpr char kHeadersDigest[] = \"${digest}\";\n}\n")
  return()
endif()

set(cnclip_digest "${PROJECT_BINARY_DIR}/generated/headers_digest.h")
file(GLOB_RECURSE cnclip_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.h" "${PROJECT_SOURCE_DIR}/src/*.h")
add_custom_command(
  OUTPUT "${cnclip_digest}"
  COMMAND "${CMAKE_COMMAND}" "-DROOT=${PROJECT_SOURCE_DIR}" "-DOUTPUT=${cnclip_digest}"
          "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" -P "${CMAKE_CURRENT_LIST_FILE}"
  DEPENDS ${cnclip_headers} "${CMAKE_CURRENT_LIST_FILE}"
  VERBATIM)
add_custom_target(cnclip_headers_digest DEPENDS "${cnclip_digest}")
add_dependencies(cnclip_encode cnclip_headers_digest)
if(CNCLIP_TORCH)
  add_dependencies(cnclip_engine_torch cnclip_headers_digest)
endif()
