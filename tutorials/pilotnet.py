"""PilotNet's driving recording from a local copy, or one drawn in its layout."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

STILL = 1e-5  # degrees; so small a reading is a dropout of the sensor


class PilotNetDataset(Dataset):
    """Sequences of frames of a drive with their steering angles.

    Reads ``<path>/driving_dataset/data.txt``, a line ``file angle_in_degrees`` a frame,
    and the images beside it. Chunks of consecutive frames are shuffled by a fixed
    seed; the first 80 % are for training, the rest for testing.

    Args:
        path: Folder that holds ``driving_dataset``.
        sequence: Frames in a sample.
        train: Take the training samples.
        visualize: Take the whole drive in order instead.
        size: Height and width of a frame.
    """

    def __init__(
        self, path="data", sequence=16, train=True, visualize=False, size=(33, 100)
    ):
        self.folder = Path(path) / "driving_dataset"
        listing = self.folder / "data.txt"
        if not listing.exists():
            raise FileNotFoundError(
                f"PilotNetDataset needs the driving recording at {listing}, which is "
                "missing. Get it from its publisher, or draw one with "
                "road.write_drive(path)."
            )
        rows = [line.split() for line in listing.read_text().splitlines() if line]
        self.names = [row[0] for row in rows]
        self.angles = np.radians([float(row[1].split(",")[0]) for row in rows])
        self.sequence, self.size = sequence, size
        chunks = np.arange(len(rows) // sequence)
        if not visualize:
            chunks = np.random.RandomState(42).permutation(chunks)
            split = int(0.8 * len(chunks))
            chunks = chunks[:split] if train else chunks[split:]
        self.chunks = chunks

    def __len__(self):
        return len(self.chunks)

    def __getitem__(self, index):
        """Frames (3, H, W, T), values -1 to 1, and angles (T,) in radians."""
        first = self.chunks[index] * self.sequence
        places = range(first, first + self.sequence)
        frames = np.stack([self._frame(self.names[i]) for i in places], axis=-1)
        angles = self.angles[first : first + self.sequence]
        return torch.from_numpy(frames), torch.from_numpy(repaired(angles))

    def _frame(self, name):
        height, width = self.size
        with Image.open(self.folder / name) as image:
            pixels = image.convert("RGB").resize((width, height))
        return np.asarray(pixels, dtype=np.float32).transpose(2, 0, 1) / 127.5 - 1


def repaired(angles):
    """Angles whose dropouts are the mean of their neighbours, but the first's."""
    fixed = angles.astype(np.float32)
    for i in range(1, len(fixed)):
        if abs(angles[i]) < np.radians(STILL):
            fixed[i] = angles[i - 1 : i + 2 : 2].mean()
    return fixed
