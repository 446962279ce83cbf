"""Data sets as their publishers' files hold them, read by tonic, as our tensors."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import io

datasets = pytest.importorskip("tonic.datasets")
RNG = np.random.default_rng(0)


def without_fetching(data_set):
    """The data set that takes a folder's files as they are and fetches nothing."""
    name = data_set.__name__
    return type(name, (data_set,), {"_check_exists": lambda self: True})


def drawn(sensor_size, milliseconds, count=300):
    """Columns x, y, p and the sorted t in whole milliseconds, no two events alike."""
    width, height, channels = sensor_size
    sizes = (milliseconds, channels, height, width)
    cells = RNG.choice(np.prod(sizes), count, replace=False)
    t, p, y, x = np.unravel_index(np.sort(cells), sizes)
    return x, y, p, t


def spikes_of(sensor_size, x, y, p, step, steps):
    """The tensor (C, H, W, T) that events make, written down directly."""
    width, height, channels = sensor_size
    spikes = torch.zeros(channels, height, width, steps)
    spikes[p, y, x, step] = 1
    return spikes


def write_nmnist(path, x, y, p, microseconds):
    """Five bytes an event: x, y, polarity and the time's 23 bits, highest first."""
    byte = [x, y, (p << 7) | (microseconds >> 16)]
    byte += [(microseconds >> 8) & 255, microseconds & 255]
    path.parent.mkdir(parents=True)
    path.write_bytes(np.stack(byte, axis=-1).astype(np.uint8).tobytes())


def test_nmnist(tmp_path):
    size = datasets.NMNIST.sensor_size
    x, y, p, t = drawn(size, 300)
    write_nmnist(tmp_path / "NMNIST/Train/3/00007.bin", x, y, p, t * 1000)
    binned = io.TonicTensor(size, steps=60, sampling_time=5)
    data = without_fetching(datasets.NMNIST)(tmp_path, train=True, transform=binned)
    ((spikes, label),) = [data[i] for i in range(len(data))]
    assert label == 3
    assert torch.equal(spikes, spikes_of(size, x, y, p, t // 5, 60))
    ours = io.read_2d_spikes(tmp_path / "NMNIST/Train/3/00007.bin")
    np.testing.assert_allclose(ours.t, t)


def test_dvs_gesture(tmp_path):
    """Rows x, y, p, t in milliseconds, a folder for a person and a light."""
    size = datasets.DVSGesture.sensor_size
    x, y, p, t = drawn(size, 400)
    folder = tmp_path / "DVSGesture" / "ibmGestureTest" / "user24_fluorescent_led"
    folder.mkdir(parents=True)
    np.save(folder / "6.npy", np.stack([x, y, p, t], axis=-1).astype(np.float64))
    binned = io.TonicTensor(size, steps=40, sampling_time=10)
    data = without_fetching(datasets.DVSGesture)(
        tmp_path, train=False, transform=binned
    )
    ((spikes, label),) = [data[i] for i in range(len(data))]
    assert label == 6
    assert torch.equal(spikes, spikes_of(size, x, y, p, t // 10, 40))


def write_heidelberg(path, samples):
    """Times in seconds as half floats and units, an array a sample."""
    with h5py.File(path, "w") as file:
        spikes = file.create_group("spikes")
        for name, kind in (("times", np.float16), ("units", np.uint16)):
            dtype = h5py.vlen_dtype(np.dtype(kind))
            column = spikes.create_dataset(name, (len(samples),), dtype=dtype)
            for i, sample in enumerate(samples):
                column[i] = sample[name].astype(kind)
        file["labels"] = np.array([s["label"] for s in samples], np.uint16)
        file["extra/keys"] = np.array([b"zero", b"one"])
        file["extra/speaker"] = np.zeros(len(samples), np.uint16)


@pytest.mark.parametrize(
    ("name", "file", "split"),
    [
        ("SHD", "shd_test.h5", {"train": False}),
        ("SSC", "ssc_valid.h5", {"split": "valid"}),
    ],
)
def test_heidelberg_digits_and_commands(tmp_path, name, file, split):
    original = getattr(datasets, name)
    times = np.arange(1, 65) / 64  # seconds that half floats hold
    samples = [
        {"times": times, "units": RNG.integers(0, 700, 64), "label": label}
        for label in (1, 0)
    ]
    (tmp_path / name).mkdir()
    write_heidelberg(tmp_path / name / file, samples)
    binned = io.TonicTensor(original.sensor_size, steps=300, sampling_time=4)
    data = without_fetching(original)(str(tmp_path), transform=binned, **split)
    assert len(data) == 2
    for (spikes, label), sample in zip((data[0], data[1]), samples, strict=True):
        assert int(label) == sample["label"]
        step = (times * 250 + 1e-9).astype(int)
        expected = spikes_of((700, 1, 1), sample["units"], 0, 0, step, 300)
        assert torch.equal(spikes, expected) and spikes.sum() == 64
