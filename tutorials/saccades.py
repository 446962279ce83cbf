"""Digits seen by a simulated event camera, in N-MNIST's layout, as tonic reads it.

The camera sweeps over each digit in three saccades; a pixel sends an event whenever its
log intensity has changed by its threshold since its last one.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import tonic
from sklearn.datasets import load_digits

import lava.lib.dl.slayer as slayer

SIDE, STEPS = 34, 300  # pixels, milliseconds
SWEEP, REST = 70, 35  # milliseconds of each of three saccades
CORNERS = np.array([(1, 0), (-1, 0.7), (0, -1), (1, 0)])  # down, across
NOISE = 1e-4  # events a pixel a millisecond that nothing causes


class NMNIST(tonic.datasets.NMNIST):
    """Tonic's reader, content with the recordings that are there.

    Tonic's own asks for all 70,000 and fetches them otherwise.
    """

    def _check_exists(self):
        return True


def augment(event):
    """The recording shifted by up to four pixels and turned by up to five degrees."""
    angle = np.radians(np.random.uniform(-5, 5))
    shift = np.random.randint(-4, 4, 2)
    x = event.x * np.cos(angle) - event.y * np.sin(angle) + shift[0]
    y = event.x * np.sin(angle) + event.y * np.cos(angle) + shift[1]
    return slayer.io.Event(x, y, event.c, event.t)


def camera_path(amplitude):
    """Where the camera looks (STEPS, 2), in pixels."""
    eased = (1 - np.cos(np.pi * np.arange(SWEEP) / SWEEP)) / 2
    eased = np.concatenate([eased, np.ones(REST)])[:, None]
    sweeps = [a + (b - a) * eased for a, b in pairwise(CORNERS)]
    return amplitude * np.concatenate(sweeps)[:STEPS]


def enlarged(digits):
    """8 x 8 digits (n, 8, 8) as 28 x 28 in a wide black margin (n, 50, 50)."""
    place = np.linspace(0, 7, 28)
    low = np.minimum(place.astype(int), 6)
    part = place - low
    rows = digits[:, low] * (1 - part)[:, None] + digits[:, low + 1] * part[:, None]
    full = rows[..., low] * (1 - part) + rows[..., low + 1] * part
    return np.pad(full / 16, ((0, 0), (11, 11), (11, 11)))


def seen(images, place):
    """What the camera sees (n, SIDE, SIDE) from a place between pixels."""
    corner = np.floor(place).astype(int) + (images.shape[-1] - SIDE) // 2
    part = place - np.floor(place)
    view = 0
    for row, down in enumerate((1 - part[0], part[0])):
        for column, across in enumerate((1 - part[1], part[1])):
            y, x = corner[0] + row, corner[1] + column
            view = view + down * across * images[:, y : y + SIDE, x : x + SIDE]
    return view


def recorded(digits, rng):
    """Events of digits (n, 8, 8): sample, y, x, polarity, time in milliseconds."""
    images = np.log(0.05 + enlarged(digits)).astype(np.float32)
    path = camera_path(rng.uniform(2.5, 3.5))
    memory = seen(images, path[0])
    threshold = rng.normal(0.55, 0.04, memory.shape).astype(np.float32)
    found = []
    for step in range(1, STEPS):
        change = seen(images, path[step]) - memory
        chance = rng.random(memory.shape, dtype=np.float32) < NOISE
        index = np.nonzero((np.abs(change) >= threshold) | chance)
        up = change[index] > 0
        memory[index] += np.where(up, threshold[index], -threshold[index])
        time = step + np.floor(1000 * rng.random(len(up))) / 1000
        found.append(np.stack([*index, up, time]))
    events = np.concatenate(found, axis=1)
    return events[:, np.argsort(events[-1], kind="stable")]


def write_recordings(path, train=800, test=200, seed=0):
    """Write recordings as ``<path>/NMNIST/{Train,Test}/<digit>/*.bin``."""
    rng = np.random.default_rng(seed)
    data = load_digits()
    order = rng.permutation(len(data.target))
    for split, chosen in (("Train", order[:train]), ("Test", order[train:][:test])):
        for batch in np.array_split(chosen, max(1, len(chosen) // 50)):
            sample, y, x, polarity, time = recorded(data.images[batch], rng)
            for i, number in enumerate(batch):
                mine = sample == i
                event = slayer.io.Event(x[mine], y[mine], polarity[mine], time[mine])
                folder = Path(path) / "NMNIST" / split / str(data.target[number])
                folder.mkdir(parents=True, exist_ok=True)
                slayer.io.encode_2d_spikes(folder / f"{number:05d}.bin", event)
