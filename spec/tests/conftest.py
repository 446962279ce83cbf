"""Lets tests import the generator, which no package holds."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "generate"))
