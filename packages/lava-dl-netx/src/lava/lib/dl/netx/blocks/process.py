"""The layers of a network as hierarchical Lava processes.

Every block has ports ``inp`` and ``out``, a ``neuron`` process, and one or more
synapse processes between them. `Add` and `Concat` join what blocks put out, without
neurons and without a step of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl.netx import _lava
from lava.lib.dl.netx.utils import num_delay_bits
from lava.lib.dl.spec.lava import MAX_DELAY

__all__ = [
    "AbstractBlock",
    "AbstractJoin",
    "Add",
    "ComplexDense",
    "ComplexInput",
    "Concat",
    "Conv",
    "Dense",
    "Input",
    "Place",
    "RecurrentDense",
    "Sum",
]

Shape = tuple[int, ...]
Weight = npt.NDArray[np.integer[Any]]


class AbstractBlock(_lava.AbstractProcess):  # type: ignore[misc]
    """What all blocks share: shape, neuron and ports.

    Args:
        shape: Shape of the output, (neurons,) or (width, height, channels).
        neuron_params: ``neuron_proc``, the Lava process class of the neuron; optional
            ``bias_key``, the argument that takes the bias; optional
            ``num_message_bits`` of the output; and the neuron's own arguments. The
            three named ones are removed from the dictionary.
        input_message_bits: Bits of a graded input message; 0 means that every nonzero
            message is one spike.

    Raises:
        ValueError: ``neuron_params`` or its ``neuron_proc`` is missing.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        params = kwargs.get("neuron_params")
        if not params or "neuron_proc" not in params:
            raise ValueError(
                f"{type(self).__name__} needs neuron_params with the class of the "
                f"neuron as 'neuron_proc', got {params!r}"
            )
        self.shape = kwargs["shape"]
        self.input_message_bits = kwargs.get("input_message_bits", False)
        self.output_message_bits = params.pop("num_message_bits", 0)
        self.bias_key = params.pop("bias_key", "bias")
        self._make_neuron(params, kwargs.get("bias"))
        self.inp = _lava.InPort(shape=self._input_shape(kwargs))
        self.out = _lava.OutPort(shape=self.shape)
        self.neuron.s_out.connect(self.out)

    def _make_neuron(self, params: dict[str, Any], bias: Any) -> None:
        process = params.pop("neuron_proc")
        if bias is not None:
            params = {**params, self.bias_key: self._broadcast(bias)}
        self.neuron = process(shape=self.shape, **params)

    def _broadcast(self, bias: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """The bias as Lava takes it: one per channel becomes one per neuron."""
        bias = np.asarray(bias)
        if len(self.shape) == 1 or bias.shape == tuple(self.shape):
            return bias.astype(np.int32)
        if bias.shape != (self.shape[-1],):
            raise RuntimeError(
                f"Bias of shape {bias.shape} could not be broadcast to neuron of "
                f"shape {self.shape}."
            )
        return np.broadcast_to(bias, self.shape).astype(np.int32)

    def _input_shape(self, kwargs: dict[str, Any]) -> tuple[int, ...]:
        return tuple(self.shape)

    def _check_output(self, *synapses: Any) -> None:
        for synapse in synapses:
            if tuple(synapse.a_out.shape) != tuple(self.shape):
                raise RuntimeError(
                    f"Expected synapse output shape to be {self.shape}, found "
                    f"{synapse.a_out.shape}."
                )

    @property
    def block(self) -> str:
        """Name of the block's class."""
        return type(self).__name__

    def export_hdf5(self, handle: Any) -> None:
        """Not possible from a Lava process; the trainer writes files."""
        raise NotImplementedError("a Lava block can't be written to a file")


def _identity(value: Any) -> Any:
    return value


class Input(AbstractBlock):
    """Entry of the network: neurons without synapses.

    ``inp`` leads to the neuron's input.

    Args:
        transform: How data become the neuron's input, a function or the dictionary
            ``{'weight': int, 'bias': int}``.
        bias: Bias of the neuron.
        **kwargs: As `AbstractBlock`.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.transform: Callable[[Any], Any] | dict[str, int]
        super().__init__(**kwargs)
        self.transform = kwargs.get("transform", _identity)
        self.inp.connect(self.neuron.a_in)


class ComplexInput(AbstractBlock):
    """Entry of the network for complex neurons: both parts get the same input."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inp.connect(self.neuron.a_real_in)
        self.inp.connect(self.neuron.a_imag_in)


def _delay_matrix(delay: Any, weight: Weight) -> npt.NDArray[np.int64]:
    """Delays per synapse, truncated to whole steps."""
    delay = np.asarray(delay)
    outputs, inputs = weight.shape
    if delay.shape == (outputs,):
        delay = delay[:, np.newaxis]
    elif delay.size != 1 and delay.shape not in (weight.shape, (inputs,)):
        raise RuntimeError(
            f"Delay of shape {delay.shape} fits neither the {outputs} outputs nor the "
            f"{inputs} inputs nor the weight of shape {weight.shape}."
        )
    return np.broadcast_to(delay, weight.shape).astype(int)


def _connection(kwargs: dict[str, Any], weight: str, part: str = "") -> Any:
    """The synapse process that fits a block's options, with the weight so named."""
    weights = np.asarray(kwargs[weight])
    options = {
        "weights": weights,
        "num_weight_bits": kwargs.get(f"num_weight_bits{part}", 8),
        "num_message_bits": kwargs.get("input_message_bits", 0),
        "weight_exp": kwargs.get(f"weight_exponent{part}", 0),
    }
    sparse = kwargs.get("sparse_synapse", False)
    if kwargs.get("delay") is None:
        return (_lava.Sparse if sparse else _lava.Dense)(**options)
    process = _lava.DelaySparse if sparse else _lava.DelayDense
    delays = _delay_matrix(kwargs["delay"], weights)
    num_delay_bits(delays)
    return process(**options, delays=delays, max_delay=MAX_DELAY)


class Dense(AbstractBlock):
    """All-to-all synapses onto neurons.

    Args:
        weight: Integers of shape (outputs, inputs).
        delay: Steps: one, one per output, one per input, or one per synapse.
        bias: One per neuron.
        num_weight_bits: Bits of a weight.
        weight_exponent: The synapse's sum is scaled by 2 to this.
        sparse_synapse: Use Lava's sparse process; the results are the same.
        **kwargs: As `AbstractBlock`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.synapse = _connection(kwargs, "weight")
        self._check_output(self.synapse)
        self.inp.connect(self.synapse.s_in)
        self.synapse.a_out.connect(self.neuron.a_in)

    def _input_shape(self, kwargs: dict[str, Any]) -> tuple[int, ...]:
        return (np.shape(kwargs["weight"])[1],)


class RecurrentDense(Dense):
    """All-to-all synapses onto neurons, and from the neurons back to themselves.

    Args:
        weight_rec: Integers of shape (outputs, outputs).
        **kwargs: As `Dense`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The feedback takes what the layer sends, spikes or values, not its input.
        own = {**kwargs, "input_message_bits": self.output_message_bits}
        self.synapse_rec = _connection(own, "weight_rec")
        self._check_output(self.synapse_rec)
        self.neuron.s_out.connect(self.synapse_rec.s_in)
        self.synapse_rec.a_out.connect(self.neuron.a_in)


class ComplexDense(AbstractBlock):
    """All-to-all synapses onto the real and imaginary input of complex neurons.

    Args:
        weight_real: Integers of shape (outputs, inputs).
        weight_imag: The same for the imaginary part.
        num_weight_bits_real: Bits of a real weight.
        num_weight_bits_imag: Bits of an imaginary weight.
        weight_exponent_real: The real sum is scaled by 2 to this.
        weight_exponent_imag: The imaginary sum is scaled by 2 to this.
        sparse_synapse: Use Lava's sparse process; the results are the same.
        **kwargs: As `AbstractBlock`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.real_synapse = self._synapse(kwargs, "real")
        self.imag_synapse = self._synapse(kwargs, "imag")
        self._check_output(self.real_synapse, self.imag_synapse)
        self.real_synapse.a_out.connect(self.neuron.a_real_in)
        self.imag_synapse.a_out.connect(self.neuron.a_imag_in)

    def _synapse(self, kwargs: dict[str, Any], part: str) -> Any:
        synapse = _connection(kwargs, f"weight_{part}", f"_{part}")
        self.inp.connect(synapse.s_in)
        return synapse

    def _input_shape(self, kwargs: dict[str, Any]) -> tuple[int, ...]:
        return (np.shape(kwargs["weight_real"])[1],)


class Conv(AbstractBlock):
    """Convolution onto neurons.

    Args:
        weight: Integers of shape (output channels, width, height, input channels /
            groups), flipped along width and height as a true convolution takes them.
        input_shape: (width, height, channels).
        stride: Step of the kernel, (width, height) or one for both.
        padding: Zeros around the input, likewise.
        dilation: Distance of the kernel's taps, likewise.
        groups: Separate channel groups.
        bias: One per channel or one per neuron.
        **kwargs: As `AbstractBlock`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.synapse = _lava.Conv(
            weight=kwargs["weight"],
            input_shape=kwargs["input_shape"],
            stride=kwargs.get("stride", 1),
            padding=kwargs.get("padding", 0),
            dilation=kwargs.get("dilation", 1),
            groups=kwargs.get("groups", 1),
            num_message_bits=self.input_message_bits,
        )
        self._check_output(self.synapse)
        self.inp.connect(self.synapse.s_in)
        self.synapse.a_out.connect(self.neuron.a_in)

    def _input_shape(self, kwargs: dict[str, Any]) -> tuple[int, ...]:
        return tuple(kwargs["input_shape"])


class Sum(_lava.AbstractProcess):  # type: ignore[misc]
    """Sum of all that is connected to ``inp``, of one step, in 32 bits.

    Args:
        shape: Its shape.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inp = _lava.InPort(shape=kwargs["shape"])
        self.out = _lava.OutPort(shape=kwargs["shape"])


class Place(_lava.AbstractProcess):  # type: ignore[misc]
    """The channels of one output among those of a larger one, zeros beside them.

    Args:
        shape: Shape of the result.
        input_shape: The same with as many channels or fewer.
        first: Where they begin.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inp = _lava.InPort(shape=kwargs["input_shape"])
        self.out = _lava.OutPort(shape=kwargs["shape"])


class AbstractJoin(_lava.AbstractProcess):  # type: ignore[misc]
    """Outputs of one step as one, without neurons and without a step of its own.

    Output k leads to the port ``inp_k``.

    Args:
        input_shapes: Their shapes, (neurons,) or (width, height, channels).
        num_message_bits: Bits of a graded message, 0 where all send spikes.

    Attributes:
        places: A process for each output, which puts it in its place: Lava takes two
            connections between the same ports for one, and an output may be added
            twice.
        sum: Their sum.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        shapes = kwargs["input_shapes"]
        self.shape, firsts = self._layout(shapes)
        self.output_message_bits = kwargs.get("num_message_bits", 0)
        self.sum = Sum(shape=self.shape)
        self.places: list[Place] = []
        for index, (shape, first) in enumerate(zip(shapes, firsts, strict=True)):
            place = Place(shape=self.shape, input_shape=shape, first=first)
            setattr(self, f"inp_{index}", _lava.InPort(shape=shape))
            self.entry(index).connect(place.inp)
            place.out.connect(self.sum.inp)
            self.places.append(place)
        self.out = _lava.OutPort(shape=self.shape)
        self.sum.out.connect(self.out)

    def _layout(self, shapes: Sequence[Shape]) -> tuple[Shape, list[int]]:
        """Shape of the result, and the channel at which each output begins."""
        raise NotImplementedError

    def entry(self, index: int) -> Any:
        """The port of an output."""
        return getattr(self, f"inp_{index}")


class Add(AbstractJoin):
    """Sums of outputs of one shape."""

    def _layout(self, shapes: Sequence[Shape]) -> tuple[Shape, list[int]]:
        return tuple(shapes[0]), [0] * len(shapes)


class Concat(AbstractJoin):
    """Outputs side by side, in the order of their channels."""

    def _layout(self, shapes: Sequence[Shape]) -> tuple[Shape, list[int]]:
        *firsts, channels = accumulate((shape[-1] for shape in shapes), initial=0)
        return (*shapes[0][:-1], channels), firsts
