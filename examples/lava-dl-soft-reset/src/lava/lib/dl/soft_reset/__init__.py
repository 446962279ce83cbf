"""A neuron that subtracts its threshold where it fires."""

from importlib import import_module
from types import ModuleType

__all__ = ["block", "neuron", "record", "runtime"]


def __getattr__(name: str) -> ModuleType:
    """Import a module on first use: training needs torch, running doesn't."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
