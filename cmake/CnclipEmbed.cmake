# cnclip_embed(<level> <name> <file> <sha256>)
#
# Checks a file of the official package and puts its bytes into the level's library, between the symbols
# cnclip_<name>_begin and cnclip_<name>_end. Such files are not part of the repository.
function(cnclip_embed level name file expected)
  file(SHA256 "${file}" sha256)
  if(NOT sha256 STREQUAL expected)
    message(FATAL_ERROR "${file}: not the official file (sha256 ${sha256})")
  endif()
  set(source "${PROJECT_BINARY_DIR}/generated/${name}_data.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT [[
// Made by CMake. The bytes of a file, placed by the assembler.
__asm__(
    ".section .rodata\n"
    ".global cnclip_@name@_begin\n.global cnclip_@name@_end\n"
    "cnclip_@name@_begin:\n.incbin \"@file@\"\n"
    "cnclip_@name@_end:\n.byte 0\n.previous\n");
]] @ONLY)
  set_source_files_properties("${source}" TARGET_DIRECTORY cnclip_${level} PROPERTIES OBJECT_DEPENDS "${file}")
  target_sources(cnclip_${level} PRIVATE "${source}")
endfunction()
