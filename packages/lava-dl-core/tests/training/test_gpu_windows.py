"""Window sums on a GPU, and their adjoint, have the bits of the CPU.

Each test runs on a GPU, if there is one, and on the same source made for the CPU.
"""

import numpy as np
import pytest

from lava.lib.dl.core import training

# size, windows, kernel, stride, padding, dilation
PLACES = {
    "pool": ((6, 8), (3, 4), (2, 2), (2, 2), (0, 0), (1, 1)),
    "filled up": ((5, 7), (3, 4), (2, 2), (2, 2), (0, 0), (1, 1)),
    "overlapping": ((6, 5), (6, 5), (3, 3), (1, 1), (1, 1), (1, 1)),
    "apart": ((9, 9), (2, 3), (2, 1), (5, 3), (0, 0), (1, 1)),
    "dilated": ((7, 6), (3, 2), (3, 2), (2, 3), (2, 1), (2, 2)),
    "beyond the image": ((1, 1), (3, 3), (1, 1), (1, 1), (1, 1), (1, 1)),
}


def launch(device, name, x, taps, geometry, size):
    shape = (*x.shape[:2], size[0] * size[1], x.shape[-1])
    out, x, held = map(device.put, (np.full(shape, np.nan, np.float32), x, taps))
    training.run_on_gpu(
        name,
        shape,
        training.Settings(),
        device.stream,
        [device.address(x)],
        [device.address(out)],
        taps=device.address(held),
        tap_count=taps.size,
        geometry=geometry,
    )
    return device.get(out)


@pytest.mark.parametrize("steps", [1, 3, 32, 33, 129, 300])
@pytest.mark.parametrize("place", PLACES)
def test_window_sums_have_the_bits_of_the_cpu(place, steps, device, same):
    """Of graded values, whose sums round."""
    geometry = training.ConvGeometry(*PLACES[place])
    rng = np.random.default_rng(1)
    taps = rng.normal(0, 1, geometry.kernel).astype(np.float32)
    x, values = (
        rng.normal(0, 1, (2, 3, *size, steps)).astype(np.float32)
        for size in (geometry.size, geometry.windows)
    )
    for name, given, size in [
        ("window_sum", x, geometry.windows),
        ("window_spread", values, geometry.size),
    ]:
        wanted = getattr(training, name)(given, taps, geometry)
        same(launch(device, name, given, taps, geometry, size), wanted, name)


def test_what_does_not_fit_is_refused():
    geometry = training.ConvGeometry(*PLACES["pool"])
    rest = training.Settings(), 0, [0], [0]
    with pytest.raises(ValueError, match="a tap for each place"):
        training.run_on_gpu(
            "window_sum", (1, 1, 12, 5), *rest, tap_count=3, geometry=geometry
        )
    with pytest.raises(ValueError, match="neither that of the windows"):
        training.run_on_gpu(
            "window_sum", (1, 1, 9, 5), *rest, tap_count=4, geometry=geometry
        )
