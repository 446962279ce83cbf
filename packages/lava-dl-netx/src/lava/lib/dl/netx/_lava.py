"""The one place that imports lava-nc, and says how to get it where it is missing."""

from __future__ import annotations

import multiprocessing
from typing import Any

if multiprocessing.get_start_method(allow_none=True) == "fork":
    # Lava sets this method when imported, which fails where anything has used it
    # before, as a progress bar of tqdm does.
    multiprocessing.set_start_method(None, force=True)
try:
    from lava.magma.core.decorator import implements, requires, tag
    from lava.magma.core.model.py.model import (
        PyLoihiProcessModel as PyLoihiProcessModel,
    )
    from lava.magma.core.model.py.ports import PyInPort as PyInPort
    from lava.magma.core.model.py.ports import PyOutPort as PyOutPort
    from lava.magma.core.model.py.type import LavaPyType as LavaPyType
    from lava.magma.core.model.sub.model import (
        AbstractSubProcessModel as AbstractSubProcessModel,
    )
    from lava.magma.core.process.ports.ports import InPort as InPort
    from lava.magma.core.process.ports.ports import OutPort as OutPort
    from lava.magma.core.process.process import AbstractProcess as AbstractProcess
    from lava.magma.core.resources import CPU
    from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
    from lava.proc.conv.process import Conv as Conv
    from lava.proc.dense.process import DelayDense as DelayDense
    from lava.proc.dense.process import Dense as Dense
    from lava.proc.lif.process import LIF as LIF
    from lava.proc.lif.process import LIFReset as LIFReset
    from lava.proc.rf.process import RF as RF
    from lava.proc.rf_iz.process import RF_IZ as RF_IZ
    from lava.proc.sdn.process import Delta as Delta
    from lava.proc.sdn.process import Sigma as Sigma
    from lava.proc.sdn.process import SigmaDelta as SigmaDelta
    from lava.proc.sparse.process import DelaySparse as DelaySparse
    from lava.proc.sparse.process import Sparse as Sparse
except ImportError as error:
    raise ImportError(
        "this part of netx builds Lava processes and needs lava-nc: on Python 3.10 "
        "run `pip install lava-dl-netx[lava]`; anywhere, lava.lib.dl.netx.load runs "
        "the same file without it (arithmetic='lava' gives Lava's bits)"
    ) from error


def runs(process: Any) -> Any:
    """Decorates the class by which Lava runs a process, on CPUs in fixed point."""

    def decorate(model: Any) -> Any:
        model = requires(CPU)(tag("fixed_pt")(model))
        return implements(proc=process, protocol=LoihiProtocol)(model)

    return decorate
