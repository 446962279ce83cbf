"""The one place that imports lava-nc, and says how to get it where it is missing."""

import multiprocessing

if multiprocessing.get_start_method(allow_none=True) == "fork":
    # Lava sets this method when imported, which fails where anything has used it
    # before, as a progress bar of tqdm does.
    multiprocessing.set_start_method(None, force=True)
try:
    from lava.magma.core.decorator import implements, requires, tag
    from lava.magma.core.model.py.model import PyLoihiProcessModel
    from lava.magma.core.model.py.ports import PyInPort, PyOutPort
    from lava.magma.core.model.py.type import LavaPyType
    from lava.magma.core.model.sub.model import AbstractSubProcessModel
    from lava.magma.core.process.ports.ports import InPort, OutPort
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.resources import CPU
    from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
    from lava.proc.conv.process import Conv
    from lava.proc.dense.process import DelayDense, Dense
    from lava.proc.lif.process import LIF, LIFReset
    from lava.proc.rf.process import RF
    from lava.proc.rf_iz.process import RF_IZ
    from lava.proc.sdn.process import Delta, Sigma, SigmaDelta
    from lava.proc.sparse.process import DelaySparse, Sparse
except ImportError as error:
    raise ImportError(
        "this part of netx builds Lava processes and needs lava-nc: on Python 3.10 "
        "run `pip install lava-dl-netx[lava]`; anywhere, lava.lib.dl.netx.load runs "
        "the same file without it (arithmetic='lava' gives Lava's bits)"
    ) from error

__all__ = [
    "CPU",
    "LIF",
    "RF",
    "RF_IZ",
    "AbstractProcess",
    "AbstractSubProcessModel",
    "Conv",
    "DelayDense",
    "DelaySparse",
    "Delta",
    "Dense",
    "InPort",
    "LIFReset",
    "LavaPyType",
    "LoihiProtocol",
    "OutPort",
    "PyInPort",
    "PyLoihiProcessModel",
    "PyOutPort",
    "Sigma",
    "SigmaDelta",
    "Sparse",
    "implements",
    "requires",
    "tag",
]
