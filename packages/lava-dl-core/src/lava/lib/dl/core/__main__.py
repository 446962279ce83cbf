"""`python -m lava.lib.dl.core` says what the kernels run on."""

from lava.lib.dl.core._info import describe

print(describe())
