"""Data sets of sequences with boxes: users' local copies, and generated ones."""

from . import bdd100k, prophesee_automotive, synthetic, utils
from .bdd100k import BDD
from .prophesee_automotive import PropheseeAutomotive
from .synthetic import SyntheticEvents, SyntheticShapes

__all__ = [
    "BDD",
    "PropheseeAutomotive",
    "SyntheticEvents",
    "SyntheticShapes",
    "bdd100k",
    "prophesee_automotive",
    "synthetic",
    "utils",
]
