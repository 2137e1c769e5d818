# cnclip_level(<folder of src/> [USES <level>...] [DEPS <third-party target>...] [TEST_USES <level>...])
#
# The library cnclip_<level> from src/<level>/*.cpp, and cnclip_<level>_test from the *_test.cpp beside them.
# USES names levels below; nothing else may be included from (scripts/check_includes.py holds the whole tree to that).
function(cnclip_level folder)
  cmake_parse_arguments(ARG "" "" "USES;DEPS;TEST_USES" ${ARGN})
  string(REPLACE "/" "_" level "${folder}")
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  if(sources)
    add_library(cnclip_${level} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(cnclip_${level} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(cnclip_${level} ${scope} "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src"
                                                      "${PROJECT_BINARY_DIR}/generated")
  target_link_libraries(cnclip_${level} ${scope} cnclip_flags ${ARG_DEPS})
  foreach(used IN LISTS ARG_USES)
    string(REPLACE "/" "_" used "${used}")
    target_link_libraries(cnclip_${level} ${scope} cnclip_${used})
  endforeach()

  if(CNCLIP_TESTS AND tests)
    add_executable(cnclip_${level}_test ${tests})
    target_link_libraries(cnclip_${level}_test PRIVATE cnclip_${level} GTest::gtest_main)
    foreach(used IN LISTS ARG_TEST_USES)
      string(REPLACE "/" "_" used "${used}")
      target_link_libraries(cnclip_${level}_test PRIVATE cnclip_${used})
    endforeach()
    add_test(NAME ${folder} COMMAND cnclip_${level}_test)
    # Real development data, where it lies beside the checkout; tests that need it skip aloud without it.
    set_tests_properties(${folder} PROPERTIES ENVIRONMENT "CNCLIP_TEST_DATA=${CNCLIP_TEST_DATA}")
  endif()
endfunction()
