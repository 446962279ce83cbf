"""Compiled neuron and synapse kernels of lava-dl for CPU and CUDA."""

from importlib.metadata import version as _version

from lava.lib.dl.core import _runtime, _training
from lava.lib.dl.core._info import info
from lava.lib.dl.core._memory import get_kept_memory, set_kept_memory
from lava.lib.dl.core._paths import get_cmake_dir, get_include
from lava.lib.dl.core._threads import get_num_threads, set_num_threads

__all__ = [
    "get_cmake_dir",
    "get_include",
    "get_kept_memory",
    "get_num_threads",
    "info",
    "set_kept_memory",
    "set_num_threads",
]

__version__ = _version("lava-dl-core")

for _part in (_training, _runtime):
    if _part.version != __version__:
        raise ImportError(
            f"{_part.__name__} was compiled for lava-dl-core {_part.version} but "
            f"{__version__} is installed; reinstall lava-dl-core."
        )
