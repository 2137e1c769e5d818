# The installed package: one shared library, the public headers, the program, and a CMake package that asks for nothing
# else. The libraries of OpenVINO, LibTorch and Arrow are not copied: the RPATH names the folders where scripts/setup.sh
# put them, after the prefix's own library folder, where copies may lie.
include(CMakePackageConfigHelpers)

get_property(cnclip_targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
add_library(cnclip SHARED)
foreach(target IN LISTS cnclip_targets)
  get_target_property(type ${target} TYPE)
  # What needs LibTorch is in the plugin or in tests, what needs TensorRT in the program.
  if(target MATCHES "^cnclip_" AND NOT target MATCHES "_(torch|simulated|cuda|ranks|nccl|train|tensorrt)$" AND type STREQUAL "STATIC_LIBRARY")
    # Objects, not archives: nothing inside calls the public functions, so a linker would leave them out.
    target_sources(cnclip PRIVATE $<TARGET_OBJECTS:${target}>)
    target_link_libraries(cnclip PRIVATE ${target})  # for what the level itself needs
  endif()
endforeach()
# Only names of namespace cnclip leave the library: what it compiled of JSON or formatting headers must not mix with
# other versions of them in the user's program.
target_link_options(cnclip PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/cnclip.map")
set_property(TARGET cnclip PROPERTY LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/cnclip.map")
target_include_directories(cnclip INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(cnclip INTERFACE cxx_std_20)
set_target_properties(cnclip PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set_target_properties(cnclip cnclip_program PROPERTIES
                      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};$ORIGIN;${CNCLIP_DEPS}/openvino/libs;${CNCLIP_DEPS}/pyarrow")

if(TensorRT_FOUND)
  cmake_path(GET TensorRT_LIBRARY PARENT_PATH tensorrt)
  cmake_path(GET TensorRT_CUDA_LIBRARY PARENT_PATH cuda)
  set_property(TARGET cnclip_program APPEND PROPERTY INSTALL_RPATH "${tensorrt}" "${cuda}")
endif()

install(TARGETS cnclip EXPORT cnclip)
install(TARGETS cnclip_program)
install(DIRECTORY include/cnclip TYPE INCLUDE)
set(cnclip_package "${CMAKE_INSTALL_LIBDIR}/cmake/cnclip")
install(EXPORT cnclip NAMESPACE cnclip:: FILE cnclipTargets.cmake DESTINATION "${cnclip_package}")
configure_package_config_file(cmake/cnclipConfig.cmake.in "${PROJECT_BINARY_DIR}/cnclipConfig.cmake"
                              INSTALL_DESTINATION "${cnclip_package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cnclipConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cnclipConfig.cmake" "${PROJECT_BINARY_DIR}/cnclipConfigVersion.cmake"
        DESTINATION "${cnclip_package}")
