# SPDX-License-Identifier: Apache-2.0
# The target lamina_sodium, where libsodium is installed: for signed plans. It brings no CMake package.
find_path(LAMINA_SODIUM_DIR sodium.h DOC "folder that holds sodium.h; without it plans cannot be signed")
find_library(LAMINA_SODIUM_LIBRARY sodium DOC "libsodium; without it plans cannot be signed")
if(LAMINA_SODIUM_DIR AND LAMINA_SODIUM_LIBRARY AND NOT TARGET lamina_sodium)
    add_library(lamina_sodium INTERFACE IMPORTED)
    set_target_properties(lamina_sodium PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${LAMINA_SODIUM_DIR}"
        INTERFACE_LINK_LIBRARIES "${LAMINA_SODIUM_LIBRARY}")
endif()
