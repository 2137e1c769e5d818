# The installed package: one shared library, the public headers, the program, and a CMake package that asks for nothing
# else. OpenVINO's libraries are found where scripts/setup.sh put them (the RPATH names that folder).
include(CMakePackageConfigHelpers)

set(cnclip_install_rpath "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" "$ORIGIN" "${CNCLIP_DEPS}/openvino/libs")
get_property(cnclip_libraries DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
set(cnclip_levels "")
foreach(target IN LISTS cnclip_libraries)
  get_target_property(type ${target} TYPE)
  if(target MATCHES "^cnclip_" AND type STREQUAL "STATIC_LIBRARY")
    list(APPEND cnclip_levels ${target})
  endif()
endforeach()
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/version.cpp" CONTENT
     "// Made by CMake.\nextern \"C\" const char* cnclip_version() { return \"@PROJECT_VERSION@\"; }\n" @ONLY)
# Made of the levels' objects: the public functions are called by nobody inside, and an archive would leave them out.
add_library(cnclip SHARED "${PROJECT_BINARY_DIR}/generated/version.cpp")
foreach(level IN LISTS cnclip_levels)
  target_sources(cnclip PRIVATE $<TARGET_OBJECTS:${level}>)
endforeach()
target_link_libraries(cnclip PRIVATE ${cnclip_levels})
target_include_directories(cnclip INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(cnclip INTERFACE cxx_std_20)
set_target_properties(cnclip cnclip_program PROPERTIES INSTALL_RPATH "${cnclip_install_rpath}")
set_target_properties(cnclip PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})

install(TARGETS cnclip EXPORT cnclip)
install(TARGETS cnclip_program)
install(DIRECTORY include/cnclip TYPE INCLUDE)
install(EXPORT cnclip NAMESPACE cnclip:: FILE cnclipTargets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cnclip)
file(WRITE "${PROJECT_BINARY_DIR}/cnclipConfig.cmake" "include(\"\${CMAKE_CURRENT_LIST_DIR}/cnclipTargets.cmake\")\n")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cnclipConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cnclipConfig.cmake" "${PROJECT_BINARY_DIR}/cnclipConfigVersion.cmake"
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cnclip)
