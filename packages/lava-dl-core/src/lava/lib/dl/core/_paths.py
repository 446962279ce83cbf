"""Where the headers and the CMake configuration are."""

from __future__ import annotations

from pathlib import Path


def get_include() -> str:
    """Folder to put on the include path for `#include <lava_dl/cuba.hpp>`."""
    return str(_folder("include"))


def get_cmake_dir() -> str:
    """Folder of lava_dl_core-config.cmake, for `lava_dl_core_DIR`."""
    return str(_folder("cmake"))


def _folder(name: str) -> Path:
    here = Path(__file__).parent
    installed = here / name
    # An editable install leaves the folders in the source tree.
    return installed if installed.exists() else here.parents[4] / name
