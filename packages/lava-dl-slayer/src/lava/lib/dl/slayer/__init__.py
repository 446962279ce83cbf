"""Direct training of deep event-based networks in PyTorch."""

from importlib.metadata import version as _version

__version__ = _version("lava-dl-slayer")
