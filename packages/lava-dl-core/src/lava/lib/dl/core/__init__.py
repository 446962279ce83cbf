"""Compiled neuron and synapse kernels of lava-dl for CPU and CUDA."""

from importlib.metadata import version as _version

from lava.lib.dl.core import _runtime, _training

__version__ = _version("lava-dl-core")

for _part in (_training, _runtime):
    if _part.version != __version__:
        raise ImportError(
            f"{_part.__name__} was compiled for lava-dl-core {_part.version} but "
            f"{__version__} is installed; reinstall lava-dl-core."
        )
