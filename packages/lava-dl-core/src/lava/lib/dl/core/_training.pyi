from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeAlias, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

_Floats: TypeAlias = NDArray[np.float32]
_Lists: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int32], _Floats | None]

class _Array(Protocol):
    """An array of numpy, or a tensor of PyTorch."""

    @property
    def shape(self) -> tuple[int, ...]: ...

_Kind = TypeVar("_Kind", bound=_Array)

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
    simd: str
    def __init__(self, *, simd: str = "", **named: float) -> None: ...

class Result(Generic[_Kind]):
    outputs: list[_Kind]
    states: list[_Kind]
    gradients: list[_Kind]
    earlier: list[_Kind]

class ConvGeometry:
    size: tuple[int, int]
    windows: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    def __init__(
        self,
        size: Sequence[int],
        windows: Sequence[int],
        kernel: Sequence[int],
        stride: Sequence[int],
        padding: Sequence[int],
        dilation: Sequence[int],
    ) -> None: ...

def neuron_levels(
    neuron: str, threshold: float, threshold_step: float, scale: float
) -> dict[str, int]: ...
def neurons() -> dict[str, NeuronTerms]: ...
def run(
    kernel: str,
    inputs: Sequence[_Kind | None],
    settings: Settings,
    parameters: Sequence[_Kind] = ...,
    states: Sequence[_Kind | float] = ...,
    taps: _Kind | None = None,
    outputs: int = 1,
    last: int = 0,
    learned: int = 0,
    later: Sequence[_Kind | float] = ...,
    earlier: int = 0,
    returning_delays: _Kind | None = None,
) -> Result[_Kind]: ...
def takes_decays(kernel: str) -> bool: ...
def kernel_names() -> list[str]: ...
def levels() -> list[str]: ...
def default_level() -> str: ...
def empty(shape: Sequence[int]) -> _Floats: ...
def set_allocator(function: Callable[[tuple[int, ...]], _Floats] | None) -> None: ...
def kept_memory() -> int: ...
def set_kept_memory(limit: int) -> None: ...
def thread_count() -> int: ...
def set_thread_count(count: int) -> None: ...

run_cuda: Callable[..., None]  # training.run_on_gpu, its only caller, has the types

most_recurrent_neurons: int
most_arrays: int
tile: int

def cuda_problem() -> str: ...
def cuda_cards() -> list[tuple[str, int, int]]: ...
def cuda_driver_version() -> int: ...

cuda_architectures: str

def run_tiles(
    name: str,
    shape: Sequence[int],
    inputs: Sequence[_Floats],
    output: _Floats,
    events: _Lists | None,
    geometry: ConvGeometry | None,
    coefficients: _Floats | None,
    simd: str,
) -> None: ...
def run_values(
    name: str, inputs: Sequence[_Kind], coefficients: _Floats, simd: str = ""
) -> _Kind: ...
def product(
    x: _Kind, weight: _Kind, geometry: ConvGeometry, *, simd: str = ""
) -> _Kind: ...
def product_adjoint(
    x: _Kind, weight: _Kind, geometry: ConvGeometry, *, simd: str = ""
) -> _Kind: ...
def product_weight_gradient(
    x: _Kind, grad: _Kind, geometry: ConvGeometry, *, simd: str = ""
) -> _Kind: ...
def tiled_shape(
    name: str, shape: Sequence[int], geometry: ConvGeometry | None
) -> list[int]: ...
def run_fused(
    name: str,
    shape: Sequence[int],
    neurons: Sequence[int],
    inputs: Sequence[_Floats | None],
    outputs: Sequence[_Floats | None],
    decays: Sequence[_Floats],
    states: Sequence[_Floats | float],
    last: int,
    learned: int,
    delay_gradient: _Floats | None,
    settings: Settings,
    events: _Lists | None,
    geometry: ConvGeometry,
) -> Result[_Floats]: ...
