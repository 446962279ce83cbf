"""What a file means, executable: plain Python numbers, each rounding written out.

Nothing here is fast. It is short enough to be read beside ``spec/arithmetic-1.0.md``
and ``spec/arithmetic-lava-0.10.md``, and it is what every kernel is compared with.

:func:`run` computes the meaning of the file, :func:`run_lava` what lava-nc 0.10's
fixed-point processes compute from the same file.
"""

from lava.lib.dl.spec.reference.integers import float32
from lava.lib.dl.spec.reference.lava import LavaOptions, run_lava
from lava.lib.dl.spec.reference.network import Trace, run

__all__ = ["LavaOptions", "Trace", "float32", "run", "run_lava"]
