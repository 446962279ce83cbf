"""The .net network format of lava-dl: typed schema, reader, writer and validator.

A network is a :class:`Network` of frozen records, one per layer, each with its neuron::

    from lava.lib.dl import spec

    network = spec.Network([
        spec.Dense((10,), weights, neuron=spec.Cuba(1024, 128, 80)),
    ])
    spec.write(network, "network.net")
    spec.read("network.net") == network

Numbers are integers in file units. With ``S = layer.weight_scale`` (64 unless the file
says otherwise) a weight, bias or threshold w means ``w / S``, a decay d means
``d / 4096``, and states count in ``1 / (64 S)``. Arrays in memory are read-only,
C-contiguous int32; a decay is an ``int`` or an array with one entry per channel.
Shapes are ``(neurons,)`` or ``(channels, height, width)`` without batch and time;
flat layers (dense, flatten, average) always have ``(neurons,)`` in memory.

Layers
    ``Input(shape, *, neuron, weight, bias)``,
    ``Dense(shape, weight, *, weight_imag, bias, bias_imag, delay, neuron)``,
    ``Recurrent(shape, weight, weight_rec, ...)``,
    ``Kwta(shape, weight, num_winners, self_excitation, *, inhibition, bias, ...)``,
    ``RecurrentDelay`` and ``KwtaDelay``, the same with ``delay_rec``,
    ``Conv(shape, weight, *, stride, padding, dilation, groups, bias, ...)``,
    ``ConvTranspose``, ``Pool``, ``Unpool``, ``Flatten(shape)``,
    ``Average(shape, *, time_factor)``, ``Concat(shape, sources)``,
    ``Add(shape, sources)``, and ``Unwritten()``
    for an empty group of an older file. All with neurons also take ``weight_scale``,
    ``delay_shift`` and ``readout`` (``"spike"``, ``"voltage"``, ``"sum"``), whose
    defaults are what a file without them means.
Neurons
    ``Cuba(current_decay, voltage_decay, threshold)``,
    ``Alif(current_decay, voltage_decay, threshold_decay, refractory_decay, threshold,
    threshold_step)``, ``Rf(sin_decay, cos_decay, threshold)``, ``RfIz``,
    ``Adrf(sin_decay, cos_decay, threshold, threshold_decay, refractory_decay,
    threshold_step)``, ``AdrfIz``, ``SigmaDelta(threshold, *, activation, bias)``,
    ``Sigma()``; all take ``weight_exp``, ``weight_exp_bits``, ``message_bits``, spiking
    ones ``graded_spike``.
Functions
    ``read(path_or_file)``, ``write(network, path)``, ``read_layer(group)``,
    ``write_layer(group, layer)``, ``write_header(file, network)``, all raising
    :class:`FormatError` (a ``ValueError`` with ``.problems``) for what is not legal;
    ``Network.problems()`` for layers that don't fit together;
    ``validate(path, profile="format"|"lava"|"loihi2")``;
    ``deviations(layer)`` and ``missing(layer)``, where lava-nc computes something else
    or has no process; ``diff(a, b)``; and
    :mod:`lava.lib.dl.spec.reference`, what a file means.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from lava.lib.dl.spec._upstream import warn_of_upstream

if _TYPE_CHECKING:
    from lava.lib.dl.spec._deviations import Deviation, deviations, missing
    from lava.lib.dl.spec._diff import Difference, diff
    from lava.lib.dl.spec._problem import FormatError, Problem
    from lava.lib.dl.spec._read import read, read_layer
    from lava.lib.dl.spec._validate import validate
    from lava.lib.dl.spec._write import write, write_header, write_layer
    from lava.lib.dl.spec.layers import (
        Add,
        Average,
        Concat,
        Conv,
        ConvTranspose,
        Dense,
        Flatten,
        Input,
        Kwta,
        KwtaDelay,
        Layer,
        Pool,
        Recurrent,
        RecurrentDelay,
        Unpool,
        Unwritten,
    )
    from lava.lib.dl.spec.network import Network, Simulation
    from lava.lib.dl.spec.neurons import (
        AdaptiveResonator,
        Adrf,
        AdrfIz,
        Alif,
        Cuba,
        Decay,
        Neuron,
        Resonator,
        Rf,
        RfIz,
        Sigma,
        SigmaDelta,
    )

__all__ = [
    "AdaptiveResonator",
    "Add",
    "Adrf",
    "AdrfIz",
    "Alif",
    "Average",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Cuba",
    "Decay",
    "Dense",
    "Deviation",
    "Difference",
    "Flatten",
    "FormatError",
    "Input",
    "Kwta",
    "KwtaDelay",
    "Layer",
    "Network",
    "Neuron",
    "Pool",
    "Problem",
    "Recurrent",
    "RecurrentDelay",
    "Resonator",
    "Rf",
    "RfIz",
    "Sigma",
    "SigmaDelta",
    "Simulation",
    "Unpool",
    "Unwritten",
    "deviations",
    "diff",
    "missing",
    "read",
    "read_layer",
    "validate",
    "write",
    "write_header",
    "write_layer",
]

warn_of_upstream()


# Found on first use: numpy and the declarations take far longer to import than this.
_DECLARATIONS = ("layers", "network", "neurons")
_FUNCTIONS = {
    "_deviations": {"Deviation", "deviations", "missing"},
    "_diff": {"Difference", "diff"},
    "_problem": {"FormatError", "Problem"},
    "_read": {"read", "read_layer"},
    "_validate": {"validate"},
    "_write": {"write", "write_header", "write_layer"},
}


def __getattr__(name: str) -> _Any:
    if name == "__version__":
        return _import_module("importlib.metadata").version("lava-dl-spec")
    if name in _DECLARATIONS:
        return _import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    submodules = [submodule for submodule, names in _FUNCTIONS.items() if name in names]
    for submodule in submodules or _DECLARATIONS:
        module = _import_module(f"{__name__}.{submodule}")
        if hasattr(module, name):
            globals()[name] = getattr(module, name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_DECLARATIONS})
