# cnclip_embed(<level> <name> <file> [<sha256>])
#
# Puts the bytes of a file into the level's library, between the symbols cnclip_<name>_begin and cnclip_<name>_end. Files
# of the official package, which are not part of the repository, are checked first.
function(cnclip_embed level name file)
  if(ARGC GREATER 3)
    file(SHA256 "${file}" sha256)
    if(NOT sha256 STREQUAL ARGV3)
      message(FATAL_ERROR "${file}: not the official file (sha256 ${sha256})")
    endif()
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

# cnclip_embed_files(<level> <template> <file>...)
#
# Embeds each file, and adds the source that is made from the template: @declarations@ and @entries@ become the symbols
# of all files, and initialisers {name, bytes}.
function(cnclip_embed_files level template)
  set(declarations "")
  set(entries "")
  foreach(file IN LISTS ARGN)
    get_filename_component(name "${file}" NAME)
    string(MAKE_C_IDENTIFIER "file_${name}" symbol)
    cnclip_embed(${level} ${symbol} "${file}")
    string(APPEND declarations "extern const char cnclip_${symbol}_begin[], cnclip_${symbol}_end[];\n")
    string(APPEND entries "    {\"${name}\", {cnclip_${symbol}_begin, cnclip_${symbol}_end}},\n")
  endforeach()
  get_filename_component(source "${template}" NAME_WLE)
  configure_file("${template}" "${PROJECT_BINARY_DIR}/generated/${source}" @ONLY)
  target_sources(cnclip_${level} PRIVATE "${PROJECT_BINARY_DIR}/generated/${source}")
endfunction()
