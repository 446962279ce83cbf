"""Runs the examples in docstrings of all packages, in an empty folder.

Fails where one prints something else, or where a name of ``NEED`` has none.
"""

import doctest
import importlib
import os
import pkgutil
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType

PACKAGES = ("spec", "core", "slayer", "bootstrap", "netx")
PREFIX = "lava.lib.dl."
NEED = (
    "spec._read.read",
    "spec._validate.validate",
    "slayer.io._export.export",
    "slayer.io._event.Event",
    "slayer.io._tonic.tonic_to_event",
    "slayer.loss._spike_rate.SpikeRate",
    "slayer.classifier._rate.Rate",
    "slayer.neuron.cuba.Neuron",
    "slayer.utils.parameters.parameter_groups",
    "slayer.utils.time.replicate.replicate",
    "bootstrap._convert.convert",
    "netx._load.load",
    "netx._profile.profile",
    "netx._verify.verify",
)
"""Where a reader looks first, by the module that defines it."""
NEED_LAVA = ("netx.hdf5", "netx.blocks", "netx._lava.", "netx._conformance_lava")


def modules() -> Iterator[ModuleType]:
    """All modules that import without lava-nc."""
    for package in PACKAGES:
        root = importlib.import_module(PREFIX + package)
        yield root
        for each in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            inner = each.name.removeprefix(PREFIX)
            if not f"{inner}.".startswith(NEED_LAVA) and not inner.endswith("__main__"):
                try:
                    yield importlib.import_module(each.name)
                except ModuleNotFoundError as error:
                    # An adapter's other library, which is an extra, may be missing.
                    if (error.name or "lava").startswith("lava"):
                        raise


def main() -> None:
    """Runs them."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    has_example = set()
    for module in modules():
        for test in finder.find(module, module.__name__):
            if test.examples:
                has_example.add(test.name.removeprefix(PREFIX))
                runner.run(test)
    lost = [name for name in NEED if name not in has_example]
    print(*(f"{name} has no example" for name in lost), sep="\n", end="")
    print(f"{runner.tries} lines of {len(has_example)} docstrings ran")
    sys.exit(bool(lost or runner.failures))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            main()
        finally:
            os.chdir("/")
