# The official vocabulary is checked and embedded at build time; it is not part of the repository.
set(CNCLIP_VOCAB "${CNCLIP_DEPS}/vocab.txt")
file(SHA256 "${CNCLIP_VOCAB}" cnclip_vocab_sha256)
if(NOT cnclip_vocab_sha256 STREQUAL "45bbac6b341c319adc98a532532882e91a9cefc0329aa57bac9ae761c27b291c")
  message(FATAL_ERROR "${CNCLIP_VOCAB}: not the official vocabulary (sha256 ${cnclip_vocab_sha256})")
endif()
set(cnclip_vocab_asm "${PROJECT_BINARY_DIR}/generated/vocabulary_data.cpp")
file(CONFIGURE OUTPUT "${cnclip_vocab_asm}" CONTENT [[
// Made by CMake. The bytes of vocab.txt, placed by the assembler.
__asm__(
    ".section .rodata\n"
    ".global cnclip_vocabulary_begin\n.global cnclip_vocabulary_end\n"
    "cnclip_vocabulary_begin:\n.incbin \"@CNCLIP_VOCAB@\"\n"
    "cnclip_vocabulary_end:\n.byte 0\n.previous\n");
]] @ONLY)
set_source_files_properties("${cnclip_vocab_asm}" PROPERTIES OBJECT_DEPENDS "${CNCLIP_VOCAB}")
target_sources(cnclip_text PRIVATE "${cnclip_vocab_asm}")
