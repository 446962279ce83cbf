"""A drive drawn frame by frame: a winding road seen through the windscreen.

Curvature follows an Ornstein-Uhlenbeck process; a frame is an inverse perspective of a
flat ground whose texture is tied to the place, so that consecutive frames are alike as
those of a real drive are.
"""

from pathlib import Path

import numpy as np
from PIL import Image

SPEED, RATE = 10.0, 30.0  # metres a second, frames a second
MEMORY, SPREAD = 25.0, 0.012  # metres, 1/m: of the curvature
WHEELBASE, RATIO = 2.7, 16.0  # metres; turns of the wheel for one of the tyres
LENS, HEIGHT, HORIZON, HALF = 0.88, 1.3, 0.45, 3.5  # focal over width; m; of frame; m


def wander(rng, count, memory, spread):
    """An Ornstein-Uhlenbeck process, a value a frame."""
    keep = np.exp(-SPEED / RATE / memory)
    noise = rng.standard_normal(count) * spread * np.sqrt(1 - keep**2)
    path = np.empty(count)
    value = 0.0
    for i in range(count):
        value = path[i] = keep * value + noise[i]
    return path


def frame(size, curvature, offset, travelled, light, texture):
    """One image (H, W, 3), bytes."""
    height, width = size
    lens = LENS * width, LENS * width * height / 256 * 455 / width
    down = np.arange(height) + 0.5 - HORIZON * height
    depth = lens[1] * HEIGHT / np.where(down > 0, down, np.inf)
    depth = np.where(down > 0, depth, 1e3)[:, None]
    across = (np.arange(width) + 0.5 - width / 2) * depth / lens[0]
    across = across - curvature * depth**2 / 2 + offset
    pixel = depth / lens[0]
    place = (depth + travelled) % 64, across % 64
    grain = texture[(place[0] * 8).astype(int), (place[1] * 8).astype(int)]
    road = (np.abs(across) < HALF)[..., None]
    ground = np.where(road, [0.35, 0.35, 0.37], [0.22, 0.42, 0.16])
    ground = ground + 0.04 * grain[..., None]
    dash = (depth + travelled) % 9 < 3
    paint = line(np.abs(across) - HALF, pixel) + dash * line(across, pixel)
    ground = ground + (0.95 - ground) * np.clip(paint, 0, 1)[..., None]
    up = np.clip(-down / height / HORIZON, 0, 1)[:, None, None]
    sky = np.array([0.75, 0.8, 0.85]) * (1 - up) + np.array([0.3, 0.5, 0.9]) * up
    image = np.where((down > 0)[:, None, None], ground, sky) * light
    return (255 * np.clip(image, 0, 1)).astype(np.uint8)


def line(distance, pixel):
    """How much of a pixel a painted line 0.2 m wide covers."""
    return np.clip((0.1 + pixel / 2 - np.abs(distance)) / pixel, 0, 1)


def write_drive(path, frames=2048, size=(33, 100), seed=0):
    """Write a drive as ``<path>/driving_dataset``, images and ``data.txt``."""
    folder = Path(path) / "driving_dataset"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    texture = rng.standard_normal((512, 512))
    curvature = wander(rng, frames, MEMORY, SPREAD)
    offset = wander(rng, frames, 60, 0.3)
    light = 1 + 0.15 * np.sin(np.arange(frames) / 200)
    angles = np.degrees(RATIO * np.arctan(WHEELBASE * curvature))
    angles += rng.standard_normal(frames)
    angles[37::500] = 0  # dropouts of the sensor, as the real recording has them
    for i in range(frames):
        travelled = i * SPEED / RATE
        image = frame(size, curvature[i], offset[i], travelled, light[i], texture)
        Image.fromarray(image).save(folder / f"{i}.jpg", quality=90)
    lines = [f"{i}.jpg {angle:.6f}\n" for i, angle in enumerate(angles)]
    (folder / "data.txt").write_text("".join(lines))
