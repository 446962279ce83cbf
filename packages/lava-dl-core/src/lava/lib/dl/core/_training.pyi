from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

version: str
settings: dict[str, str]
surrogates: dict[str, str]

class NeuronTerms(TypedDict):
    meaning: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    states: dict[str, str]
    lava_states: dict[str, str]
    parameters: dict[str, str]
    levels: dict[str, str]
    spikes: bool

class Settings:
    def __init__(self, **named: float) -> None: ...

def neuron_levels(
    neuron: str, threshold: float, threshold_step: float, scale: float
) -> dict[str, int]: ...
def neurons() -> dict[str, NeuronTerms]: ...
def run(
    name: str,
    shape: Sequence[int],
    inputs: Sequence[NDArray[np.float32] | None],
    outputs: Sequence[NDArray[np.float32] | None],
    decays: Sequence[NDArray[np.float32]],
    states: Sequence[NDArray[np.float32] | None],
    last: Sequence[NDArray[np.float32] | None],
    decay_gradients: Sequence[NDArray[np.float32] | None],
    settings: Settings,
    taps: NDArray[np.float32] | None,
    simd: str,
) -> None: ...
def kernel_names() -> list[str]: ...
def levels() -> list[str]: ...
def default_level() -> str: ...
def empty(shape: Sequence[int]) -> NDArray[np.float32]: ...
def kept_memory() -> int: ...
def set_kept_memory(limit: int) -> None: ...
def thread_count() -> int: ...
def set_thread_count(count: int) -> None: ...
def run_cuda(
    name: str,
    shape: Sequence[int],
    settings: Settings,
    stream: int,
    inputs: Sequence[int],
    outputs: Sequence[int],
    parameters: Sequence[int],
    sizes: Sequence[int],
    states: Sequence[int],
    last: Sequence[int],
    gradients: Sequence[int],
    sums: int,
    gradient_factor: float,
    taps: int,
    tap_count: int,
    rule: tuple[float, float, float],
) -> None: ...
def cuda_problem() -> str: ...
def cuda_cards() -> list[tuple[str, int, int]]: ...
def cuda_driver_version() -> int: ...

cuda_architectures: str

def run_tiles(
    name: str,
    shape: Sequence[int],
    inputs: Sequence[NDArray[np.float32]],
    output: NDArray[np.float32],
    events: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32] | None]
    | None,
    geometry: Sequence[tuple[int, int]],
    coefficients: NDArray[np.float32] | None,
    simd: str,
) -> None: ...
def tiled_shape(
    name: str, shape: Sequence[int], geometry: Sequence[tuple[int, int]]
) -> list[int]: ...
def run_fused(
    name: str,
    shape: Sequence[int],
    neurons: Sequence[int],
    inputs: Sequence[NDArray[np.float32] | None],
    outputs: Sequence[NDArray[np.float32] | None],
    decays: Sequence[NDArray[np.float32]],
    states: Sequence[NDArray[np.float32] | None],
    last: Sequence[NDArray[np.float32] | None],
    decay_gradients: Sequence[NDArray[np.float32] | None],
    delay_gradient: NDArray[np.float32] | None,
    settings: Settings,
    events: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32] | None]
    | None,
    geometry: Sequence[tuple[int, int]],
    simd: str,
) -> None: ...
