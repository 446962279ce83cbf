"""What all blocks share: how they're made, delayed, logged, prepared and exported."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer._states import Stateful
from lava.lib.dl.slayer._tracing import is_eager
from lava.lib.dl.slayer.axon import Delay, delay
from lava.lib.dl.slayer.block._fold import folded
from lava.lib.dl.slayer.block._records import (
    biases,
    neuron_record,
    saturation,
    synapses,
)
from lava.lib.dl.slayer.synapse._weights import Hook, Hooked
from lava.lib.dl.spec.lava import MAX_DELAY

if TYPE_CHECKING:
    import h5py

Output = Tensor | tuple[Tensor, Tensor | None]


class _NeuronHook:
    """Default of ``pre_hook_fx``: the neuron's own quantisation."""

    def __repr__(self) -> str:
        return "neuron.quantize_8bit"


NEURON_HOOK: Any = _NeuronHook()


class Family(torch.nn.Module):
    """What the blocks of one neuron share.

    Attributes:
        neuron_class: The neuron.
        synapses: Module of its synapses, real or complex.
        record: Its record in the file.
        defaults: Arguments of layers whose default is another one here.
    """

    neuron_class: ClassVar[type[torch.nn.Module]]
    synapses: ModuleType
    record: ClassVar[type[spec.Neuron]]
    defaults: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def recurrent_params(cls, neuron_params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Arguments of a neuron whose gradients return through time."""
        return neuron_params


class Block(Hooked, Stateful):
    """Base of all blocks: synapse, neuron, delays, in one module.

    Attributes:
        neuron: The neuron, or None.
        delay: Learnable axonal delay, or None.
        delay_shift: Whether the output appears one step late.
        count_log: Whether the mean event rate is returned, too.
        time_factor: Steps of the input that make one of the output.
    """

    neuron: Any
    delay: Delay | None
    delay_buffer: Tensor | None
    delay_history: Tensor | None
    _states: ClassVar[tuple[str, ...]] = ("delay_buffer", "delay_history")
    time_factor = 1
    _pre_hook_fx: Any
    neuron_class: type[torch.nn.Module]
    synapses: ModuleType
    record: type[spec.Neuron]

    def __init__(
        self,
        neuron_params: Mapping[str, Any] | None = None,
        *,
        delay: bool = False,
        delay_shift: bool = False,
        count_log: bool = False,
        **overrides: Any,
    ) -> None:
        """Makes neuron and delay; subclasses make their synapses after it.

        Args:
            neuron_params: Arguments of the neuron; never changed.
            delay: Learn an axonal delay per channel.
            delay_shift: Output one step late.
            count_log: Return the mean event rate, too.
            overrides: Neuron arguments that the layer prescribes.
        """
        super().__init__()
        self.count_log = count_log
        self.delay_shift = delay_shift
        self.delay_buffer = None
        self.delay_history = None
        self._pre_hook_fx = None
        self.neuron = None
        if neuron_params is not None:
            self._add_neuron({**neuron_params, **overrides})
        self.delay = Delay(max_delay=MAX_DELAY) if delay is True else None

    def _add_neuron(self, neuron_params: dict[str, Any]) -> None:
        """Makes the family's neuron, or leaves its arguments to an own family."""
        if hasattr(self, "neuron_class"):
            self.neuron = self.neuron_class(**neuron_params)
        else:
            self.neuron_params = neuron_params

    def _fix_channels(self, channels: int, axes: int = 1) -> None:
        """Shapes what has a value per channel.

        torch's generator stays as it is, so that a seed draws the weights of layers to
        come as if nothing was drawn here.
        """
        with torch.random.fork_rng(devices=[]):
            if self.neuron is not None:
                self.neuron.fix_channels(channels, axes)
            for delay in self._delays():
                delay.fix_channels(channels)

    def _delays(self) -> list[Delay]:
        """Its learnt delays."""
        return [] if self.delay is None else [self.delay]

    @property
    def pre_hook_fx(self) -> Hook | None:
        """Quantisation of the weights; what is set is set for all synapses."""
        hook: Hook | None = self._pre_hook_fx
        return next((s.pre_hook_fx for s in synapses(self)), hook)

    @pre_hook_fx.setter
    def pre_hook_fx(self, function: Hook | None) -> None:
        for synapse in synapses(self):
            synapse.pre_hook_fx = function

    def _hook(self, pre_hook_fx: Hook | None) -> Hook | None:
        """The quantisation asked for; the neuron's where none was."""
        if pre_hook_fx is not NEURON_HOOK:
            return pre_hook_fx
        if hasattr(self, "neuron_params"):
            return None
        if self.neuron is None:
            raise ValueError(
                f"neuron_params is None; {type(self).__name__} needs the neuron's "
                "parameters, such as a threshold"
            )
        return self.neuron.quantize_8bit

    @property
    def shape(self) -> Sequence[int] | None:
        """Shape of the output without batch and time; None before it is known."""
        return self.neuron.shape

    @property
    def persistent_state(self) -> bool:
        """Whether a call continues where the last one ended."""
        persists = self.neuron is not None and self.neuron.persistent_state is True
        return persists or self._carries

    def reset_state(self) -> None:
        """Brings neurons and delays to rest, in place."""
        for module in self.modules():
            reset = getattr(module, "reset_state", None)
            if module is not self and reset is not None:
                reset()
        self.delay_buffer = None
        self.delay_history = None

    @torch.no_grad()
    def materialise(self, input_shape: Sequence[int]) -> None:
        """Fixes all shapes, as a first forward pass would.

        Delays, decays per channel and buffers get their final shape; the states are
        at rest afterwards.

        Args:
            input_shape: Shape of the input without batch and time.
        """
        training = self.training
        self.eval()
        device = next((p.device for p in self.parameters()), None)
        self(torch.zeros(1, *input_shape, 1, device=device))
        self.reset_state()
        self.train(training)

    def _emit(self, x: Tensor) -> Output:
        """Delays the spikes and logs their rate, as far as asked for."""
        if self.delay_shift is True:
            x = step_delay(self, x)
        return self._emit_late(x)

    def _emit_late(self, x: Tensor) -> Output:
        """The same for spikes that are one step late already."""
        if self.delay is not None:
            x = self._delayed(self.delay, x)
        return self._logged(x) if self.count_log is True else x

    def _logged(self, x: Tensor) -> Output:
        if self.count_log is not True:
            return x
        return x, (x > 0).to(x.dtype).mean()

    def _delayed(self, delay: Delay, x: Tensor) -> Tensor:
        """Applies the learnt delay, with what the last call left behind."""
        if not self.persistent_state:
            return delay(x)
        past = self.delay_history
        if past is None or past.shape[:-1] != x.shape[:-1]:
            past = x.new_zeros((*x.shape[:-1], 0))
        steps = longest(delay) + 1  # the delay's gradient looks at the step before
        whole = torch.cat([past, x], dim=-1)
        # Delays may grow from call to call, up to their limit where they have one.
        limit = max(steps, math.floor(delay.max_delay or MAX_DELAY) + 1)
        self.delay_history = self._kept(whole[..., -limit:].clone())
        window = whole[..., max(0, past.shape[-1] - steps) :]
        return delay(window)[..., window.shape[-1] - x.shape[-1] :]

    def to_spec(self) -> spec.Layer:
        """The block as a record of the file format, in integers.

        Raises:
            ValueError: If the shape is not known yet, or a weight has no integer.
        """
        raise NotImplementedError(f"{type(self).__name__} has no place in a file")

    def export_hdf5(self, handle: h5py.Group) -> None:
        """Writes the block as a layer of a ``.net`` file; the block stays as it is.

        Args:
            handle: An empty group, such as ``file.create_group("layer/0")``.

        Raises:
            ValueError: If the shape is not known yet, or a weight has no integer.
        """
        block = folded(self)
        layer = block.to_spec()
        block.warn_of_clipping(layer)
        spec.write_layer(handle, layer)

    def warn_of_clipping(self, layer: spec.Layer) -> None:
        """Warns where the quantisation clips weights of the layer to be written."""
        share = saturation(self)
        if share > 0:
            warnings.warn(
                f"{share:.1%} of the {layer.type} layer's weights lie outside the "
                "8-bit range and are clipped; lower weight_scale or the neuron's scale",
                stacklevel=3,
            )

    def _known_shape(self) -> tuple[int, ...]:
        """The output's shape for the file."""
        if self.shape is None:
            raise ValueError(
                f"the shape of this {type(self).__name__} is not known yet; run it "
                "once or call materialise(input_shape)"
            )
        return tuple(self.shape)

    def _neuron_fields(self) -> dict[str, Any]:
        """What those of layers have whose neurons follow a synapse."""
        norm = biases(self.neuron, self._known_shape()[0])
        return {"neuron": neuron_record(self), **norm, **self._common()}

    def _common(self) -> dict[str, Any]:
        """What records of layers with neurons have in common."""
        return {
            "weight_scale": self.neuron.w_scale,
            "delay_shift": self.delay_shift is True,
            # A threshold may be the one that says "voltage" where nothing else does.
            "readout": "spike",
        }


def longest(delay: Delay) -> int:
    """Past steps that delays may need: their limit on a GPU, where none may be read."""
    limit, values = delay.max_delay, delay.delay.detach()
    if limit is not None and not (values.is_cpu and is_eager(values)):
        return math.floor(limit)
    return int(values.clamp(0, limit).max())


def step_delay(module: Block, x: Tensor) -> Tensor:
    """Makes the output one step late, the latency of a layer on the chip.

    Where the module's neuron keeps its states, the last step is kept in
    ``module.delay_buffer`` and appears first in the next call.

    Args:
        module: The block.
        x: Shape (N, C, ..., T).

    Returns:
        Tensor of the same shape.
    """
    kept = getattr(module, "delay_buffer", None)
    keeper = module if isinstance(module, Block) else getattr(module, "neuron", None)
    if getattr(keeper, "persistent_state", False) is not True:
        if kept is not None:
            module.delay_buffer = None
        return delay(x, 1)
    if kept is not None and kept.shape != x.shape[:-1]:
        kept = None
    if x.shape[-1] == 0:
        return x
    module.delay_buffer = module._kept(x[..., -1].clone())
    first = torch.zeros_like(module.delay_buffer) if kept is None else kept
    return torch.cat([first.unsqueeze(-1), x[..., :-1]], dim=-1)
