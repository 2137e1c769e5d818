# libcnclip_torch.so: what needs LibTorch, opened at run time when it is asked for. Linked to the program, LibTorch would
# cost every command a quarter of a second and 100 MB.
# All have an entry point, which nothing inside calls: objects, not archives.
add_library(cnclip_torch_plugin MODULE $<TARGET_OBJECTS:cnclip_engine_torch> $<TARGET_OBJECTS:cnclip_train>)
target_link_libraries(cnclip_torch_plugin PRIVATE cnclip_engine_torch cnclip_train)
if(CNCLIP_CUDA)
  target_sources(cnclip_torch_plugin PRIVATE $<TARGET_OBJECTS:cnclip_engine_torch_cuda>)
  target_link_libraries(cnclip_torch_plugin PRIVATE cnclip_engine_torch_cuda)
endif()
get_filename_component(cnclip_torch_folder "${LIBTORCH_CPU_LIBRARY}" DIRECTORY)
set_target_properties(cnclip_torch_plugin PROPERTIES
                      OUTPUT_NAME cnclip_torch LINKER_LANGUAGE CXX INSTALL_RPATH "$ORIGIN;${cnclip_torch_folder}")
target_link_options(cnclip_torch_plugin PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/plugin.map")
set_property(TARGET cnclip_torch_plugin PROPERTY LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/plugin.map")
install(TARGETS cnclip_torch_plugin LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
