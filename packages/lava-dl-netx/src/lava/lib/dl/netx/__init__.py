"""Runs .net networks bit-exactly: natively everywhere, on Lava where it is installed.

::

    from lava.lib.dl import netx

    net = netx.load("network.net")
    net(batch)           # samples from reset, on all cores
    net.run(events)      # streams, state kept

`load` gives the native runtime, which needs nothing but numpy and h5py; `hdf5.Network`
and `blocks` give Lava processes where lava-nc is installed.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

__all__ = [
    "DeviationWarning",
    "blocks",
    "convert",
    "detection",
    "hdf5",
    "load",
    "modules",
    "plugin",
    "profile",
    "utils",
    "verify",
]

_PLACES = {
    "DeviationWarning": ("_deviations", "DeviationWarning"),
    "blocks": ("blocks", None),
    "convert": ("convert", None),
    "detection": ("detection", None),
    "hdf5": ("hdf5", None),
    "load": ("_load", "load"),
    "modules": ("sequential_modules", None),
    "plugin": ("plugin", None),
    "profile": ("_profile", "profile"),
    "sequential_modules": ("sequential_modules", None),
    "utils": ("utils", None),
    "verify": ("_verify", "verify"),
}


def __getattr__(name: str) -> _Any:
    if name == "__version__":
        return _import_module("importlib.metadata").version("lava-dl-netx")
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place, member = _PLACES[name]
    module = _import_module(f"{__name__}.{place}")
    attribute = module if member is None else getattr(module, member)
    globals()[name] = attribute
    return attribute


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
