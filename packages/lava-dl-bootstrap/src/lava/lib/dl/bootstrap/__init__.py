"""Rate-coded spiking networks trained through an equivalent dynamic ANN."""

from importlib.metadata import version as _version

__version__ = _version("lava-dl-bootstrap")
