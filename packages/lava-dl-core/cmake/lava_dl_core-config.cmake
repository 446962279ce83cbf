# Header-only target lava_dl::core: the step functions and how to compile them exactly.
if(NOT TARGET lava_dl::core)
  add_library(lava_dl::core INTERFACE IMPORTED)
  set_target_properties(lava_dl::core PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}/../include"
    INTERFACE_COMPILE_FEATURES cxx_std_17)
  if(MSVC)
    set_property(TARGET lava_dl::core PROPERTY INTERFACE_COMPILE_OPTIONS /fp:precise)
  else()
    set_property(TARGET lava_dl::core PROPERTY INTERFACE_COMPILE_OPTIONS -ffp-contract=off)
  endif()
endif()
