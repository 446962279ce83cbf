"""The layers of a network as hierarchical Lava processes.

Every block has ports ``inp`` and ``out``, a ``neuron`` process, and one or more
synapse processes between them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl.netx import _lava
from lava.lib.dl.netx.utils import num_delay_bits
from lava.lib.dl.spec.lava import MAX_DELAY

__all__ = [
    "AbstractBlock",
    "ComplexDense",
    "ComplexInput",
    "Conv",
    "Dense",
    "Input",
    "RecurrentDense",
]

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
    if delay.size == 1 or delay.shape == weight.shape:
        full = np.broadcast_to(delay, weight.shape)
    elif delay.shape == (outputs,):
        full = np.broadcast_to(delay[:, np.newaxis], weight.shape)
    elif delay.shape == (inputs,):
        full = np.broadcast_to(delay, weight.shape)
    else:
        raise RuntimeError(
            f"Delay of shape {delay.shape} fits neither the {outputs} outputs nor the "
            f"{inputs} inputs nor the weight of shape {weight.shape}."
        )
    return full.astype(int)


class _Connection:
    """Makes the synapse process that fits the options."""

    def __init__(self, kwargs: dict[str, Any]) -> None:
        self.delay = kwargs.get("delay")
        self.sparse = kwargs.get("sparse_synapse", False)
        self.message_bits = kwargs.get("input_message_bits", 0)

    def __call__(self, weight: Weight, num_weight_bits: int, exponent: int) -> Any:
        options = {
            "weights": weight,
            "num_weight_bits": num_weight_bits,
            "num_message_bits": self.message_bits,
            "weight_exp": exponent,
        }
        if self.delay is None:
            return (_lava.Sparse if self.sparse else _lava.Dense)(**options)
        process = _lava.DelaySparse if self.sparse else _lava.DelayDense
        delays = _delay_matrix(self.delay, weight)
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
        self.synapse = _Connection(kwargs)(
            np.asarray(kwargs["weight"]),
            kwargs.get("num_weight_bits", 8),
            kwargs.get("weight_exponent", 0),
        )
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
        self.synapse_rec = _Connection(own)(
            np.asarray(kwargs["weight_rec"]),
            kwargs.get("num_weight_bits", 8),
            kwargs.get("weight_exponent", 0),
        )
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
        synapse = _Connection(kwargs)(
            np.asarray(kwargs[f"weight_{part}"]),
            kwargs.get(f"num_weight_bits_{part}", 8),
            kwargs.get(f"weight_exponent_{part}", 0),
        )
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
