"""The .net network format of lava-dl: typed schema, reader, writer and validator."""

from importlib.metadata import version as _version

__version__ = _version("lava-dl-spec")
