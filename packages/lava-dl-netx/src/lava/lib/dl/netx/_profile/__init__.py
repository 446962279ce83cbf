"""Where a network's work lies: events, synaptic operations, updates, bytes, time."""

from __future__ import annotations

import os
from typing import Any

import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._profile._count import count
from lava.lib.dl.netx._profile._result import LayerProfile, Profile
from lava.lib.dl.netx._profile._trace import trace

__all__ = ["LayerProfile", "Profile", "profile"]


def profile(
    net: str | os.PathLike[str] | spec.Network | Any,
    input: npt.ArrayLike,
    steps: int | None = None,
    *,
    feed: str = "inp",
    layout: str = "whc",
    **options: Any,
) -> Profile:
    """Count what a network does on an input.

    Counts are exact. Times are measured in the native runtime, those of layers as
    differences of runs with and without the layer. Cores and energy are estimates.

    Args:
        net: A runtime from `netx.load`, a network, or the path of its file.
        input: One sample of shape (input shape, steps), or a batch with one more axis,
            first. Each sample starts from reset.
        steps: Number of time steps; None takes those of the input.
        feed: Where the input enters, as in ``run``.
        layout: Order of the input's axes, ``'whc'`` or ``'chw'``.
        **options: Options of `netx.load` where ``net`` is no runtime.

    Returns:
        The profile: ``layers``, ``str()``, ``to_dict()``, ``to_html()``.

    Raises:
        FormatError: The file is not a legal network.
        ValueError: The input doesn't fit.

    >>> import numpy as np
    >>> from lava.lib.dl import netx, spec
    >>> layer = spec.Dense((1,), [[64, -32]], neuron=spec.Cuba(4096, 4096, 60))
    >>> spec.write(spec.Network([layer]), "small.net")
    >>> count = netx.profile("small.net", np.array([[1, 0, 1], [0, 0, 1]]))
    >>> count.total["synaptic_operations"]
    3
    """
    run = trace(net, input, steps, feed=feed, layout=layout, options=options)
    layers = tuple(map(count, run.layers))
    samples, *_, steps = run.layers[0].received.shape
    rasters = tuple(one.sent[0].reshape(-1, steps) for one in run.layers)
    return Profile(layers, samples, steps, run.seconds, rasters)
