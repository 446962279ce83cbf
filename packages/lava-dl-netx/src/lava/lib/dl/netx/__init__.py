"""Runs .net networks bit-exactly, natively everywhere and on Lava where it is installed."""

from importlib.metadata import version as _version

__version__ = _version("lava-dl-netx")
