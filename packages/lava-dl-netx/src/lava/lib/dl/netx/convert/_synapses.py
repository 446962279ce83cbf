"""NIR's synapses as real-valued kernels, and what they need of a layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx.convert._chain import Stage, kind
from lava.lib.dl.netx.convert._nir import Reals

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Synapses:
    """Weights of a layer and where they act.

    Attributes:
        layer: The kind of layer.
        shape: Shape of its output.
        weight: Weights; the first axis is the output channel.
        bias: Added to the sum, one per channel or a single one.
        options: Stride, padding and so on of the layer.
        parts: Number by which an averaging kernel divides.
        shared: Whether one kernel serves all channels.
    """

    layer: type[spec.Dense] | type[spec.Conv] | type[spec.Pool]
    shape: Shape
    weight: Reals
    bias: Reals = field(default_factory=lambda: np.zeros(1))
    options: dict[str, Any] = field(default_factory=dict)
    parts: int = 1

    @property
    def shared(self) -> bool:
        """Whether one kernel serves all channels."""
        return self.layer is spec.Pool

    def per_channel(self) -> Synapses:
        """The same with a kernel for every channel."""
        if not self.shared:
            return self
        count = self.shape[0]
        weight = np.repeat(self.weight, count, axis=0)
        options = {**self.options, "groups": count}
        return replace(self, layer=spec.Conv, weight=weight, options=options)


def synapses(stage: Stage, shape: Shape | None) -> Synapses:
    """The synapses of a stage; identities where it has only neurons.

    Args:
        stage: The stage.
        shape: Shape of its input, None where nothing says it.

    Raises:
        NotImplementedError: The format has no such layer.
        ValueError: The shape of an image is needed and unknown.
    """
    node = stage.node
    if node is None:
        return _identity(stage, shape)
    if kind(node) in ("Linear", "Affine"):
        weight = np.asarray(node.weight, np.float64)
        if weight.ndim != 2:
            raise NotImplementedError(f"{stage.name}: weights of {weight.ndim} axes")
        return Synapses(spec.Dense, weight.shape[:1], weight, _bias(node))
    if kind(node) == "Scale":
        return _scale(np.asarray(node.scale, np.float64), stage.name)
    image_shape = _image_of(stage, shape)
    if kind(node) in ("Conv1d", "Conv2d"):
        return _convolution(node, image_shape, stage.name)
    return _pool(node, image_shape)


def image(sizes: Shape) -> Shape:
    """(channels, height, width); a signal of (channels, length) has height 1."""
    if len(sizes) not in (2, 3):
        raise NotImplementedError(f"no layer has neurons of shape {sizes}")
    return (sizes[0], *(1 for _ in range(3 - len(sizes))), *sizes[1:])


def _identity(stage: Stage, shape: Shape | None) -> Synapses:
    if stage.neuron is None:
        raise NotImplementedError(
            f"{stage.name}: a delay must follow or lead to synapses or neurons"
        )
    sizes = shape or tuple(int(n) for n in stage.neuron.input_type["input"])
    if len(sizes) == 1:
        return Synapses(spec.Dense, sizes, np.eye(sizes[0]))
    return Synapses(spec.Pool, image(sizes), np.ones((1, 1, 1, 1)))


def _scale(scale: Reals, name: str) -> Synapses:
    if scale.ndim <= 1:
        return Synapses(spec.Dense, (scale.size,), np.diag(np.atleast_1d(scale)))
    sizes = image(scale.shape)
    rows = scale.reshape(sizes[0], -1)
    if not (rows == rows[:, :1]).all():
        raise NotImplementedError(f"{name}: the factors of one channel differ")
    weight = rows[:, :1].reshape(-1, 1, 1, 1)
    return Synapses(spec.Conv, sizes, weight, options={"groups": sizes[0]})


def _bias(node: Any) -> Reals:
    bias = getattr(node, "bias", None)
    return np.zeros(1) if bias is None else np.ravel(np.asarray(bias, np.float64))


def _image_of(stage: Stage, shape: Shape | None) -> Shape:
    node = stage.node
    if shape is not None:
        return image(shape)
    if getattr(node, "input_shape", None) is not None:
        inputs = np.asarray(node.weight).shape[1] * int(node.groups)
        sizes = (int(n) for n in np.atleast_1d(node.input_shape))
        return image((inputs, *sizes))
    raise ValueError(
        f"{stage.name}: a {kind(node)} needs the shape of its input, which nothing "
        "says; give an input shape"
    )


def _convolution(node: Any, image_shape: Shape, name: str) -> Synapses:
    weight = np.asarray(node.weight, np.float64)
    flat = weight.ndim == 3
    weight = weight[:, :, None] if flat else weight
    dilation = _pair(node.dilation, 1 if flat else None)
    options = {
        "stride": _pair(node.stride, 1 if flat else None),
        "dilation": dilation,
        "padding": _padding(node, weight.shape[2:], dilation, flat, name),
        "groups": int(node.groups),
    }
    return _sized(Synapses(spec.Conv, (), weight, _bias(node), options), image_shape)


def _pair(value: Any, first: int | None) -> tuple[int, int]:
    """(height, width) of one number or two; ``first`` is the height of signals."""
    numbers = [int(n) for n in np.atleast_1d(value)]
    return (numbers[0] if first is None else first), numbers[-1]


def _padding(
    node: Any, kernel: Shape, dilation: tuple[int, int], flat: bool, name: str
) -> tuple[int, int]:
    padding = node.padding
    if not isinstance(padding, (str, bytes)):
        return _pair(padding, 0 if flat else None)
    if padding in ("valid", b"valid"):
        return 0, 0
    spans = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if any(span % 2 for span in spans):
        raise NotImplementedError(
            f"{name}: padding 'same' of a kernel of {kernel} differs on its two sides"
        )
    return spans[0] // 2, spans[1] // 2


def _pool(node: Any, image_shape: Shape) -> Synapses:
    kernel, padding = _pair(node.kernel_size, None), _pair(node.padding, None)
    stride = _pair(node.stride, None)
    parts = math.prod(kernel) if kind(node) == "AvgPool2d" else 1
    options = {"stride": stride, "padding": padding}
    pool = Synapses(
        spec.Pool,
        (image_shape[0],),
        np.ones((1, 1, *kernel)) / parts,
        options=options,
        parts=parts,
    )
    exact = _sized(pool.per_channel(), image_shape)
    # The format's pool fills its input up to whole windows, which NIR's leaves out.
    whole = all(
        size % step == 0 for size, step in zip(image_shape[1:], kernel, strict=True)
    )
    return replace(pool, shape=exact.shape) if whole else exact


def _sized(unsized: Synapses, image_shape: Shape) -> Synapses:
    """With the shape that comes out of an input."""
    channels = unsized.weight.shape[0]
    layer = spec.Conv((channels, 1, 1), unsized.weight.astype(int), **unsized.options)
    return replace(unsized, shape=(channels, *layer.output_size(*image_shape[1:])))
