"""N-MNIST from a local copy: digits as an event camera saw them in three saccades."""

from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

import lava.lib.dl.slayer as slayer

SIDE = 34  # pixels


def augment(event):
    """The recording shifted by up to four pixels and turned by up to five degrees."""
    angle = np.radians(np.random.uniform(-5, 5))
    shift = np.random.randint(-4, 4, 2)
    x = event.x * np.cos(angle) - event.y * np.sin(angle) + shift[0]
    y = event.x * np.sin(angle) + event.y * np.cos(angle) + shift[1]
    return slayer.io.Event(x, y, event.c, event.t)


class NMNISTDataset(Dataset):
    """Recordings of digits and what they show.

    Reads ``<path>/{Train,Test}/<digit>/*.bin``.

    Args:
        path: Folder of the local copy.
        train: Take the training recordings.
        sampling_time: Length of a time step in milliseconds.
        sample_length: Length of a sample in milliseconds.
        transform: Called with each recording's events, as ``augment``.
    """

    def __init__(
        self,
        path="data",
        train=True,
        sampling_time=1,
        sample_length=300,
        transform=None,
    ):
        folder = Path(path) / ("Train" if train else "Test")
        self.files = sorted(folder.glob("[0-9]/*.bin"))
        if not self.files:
            raise FileNotFoundError(
                f"NMNISTDataset needs the recordings <digit>/<number>.bin in {folder}, "
                "which are missing. Get N-MNIST from its publisher and unpack both "
                "archives, or make some with saccades.write_recordings(path)."
            )
        self.sampling_time = sampling_time
        self.steps = int(sample_length / sampling_time)
        self.transform = transform

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        """Events (2312, T), 0 and 1, and the digit."""
        path = self.files[index]
        event = slayer.io.read_2d_spikes(path)
        if self.transform is not None:
            event = self.transform(event)
        spike = event.fill_tensor(
            torch.zeros(2, SIDE, SIDE, self.steps), sampling_time=self.sampling_time
        )
        spike = (spike > 0).float()  # the bins hold events a millisecond
        return spike.reshape(-1, self.steps), int(path.parent.name)
