"""A list of events with their place, channel and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from lava.lib.dl.slayer.io import _binning

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation

Tensor = TypeVar("Tensor", NDArray[Any], torch.Tensor)


class Event:
    """Events of one recording.

    Args:
        x_event: column, or neuron where the events have one dimension.
        y_event: row; None where the events have one dimension.
        c_event: channel, counted from 0, or polarity as 0 and 1, -1 and 1, or 1 and
            2; the last two are taken as 0 and 1.
        t_event: time in milliseconds.
        payload: value of each event; None for binary events.

    Attributes:
        x: int64 array.
        y: int64 array; ``array(None)`` where the events have one dimension.
        c: int64 array.
        t: array of times in milliseconds.
        p: array of payloads, or None.
        dim: 1 or 2.
        graded: whether the events have a payload.

    Raises:
        ValueError: if the arrays differ in length.

    >>> event = Event([3, 4], [0, 1], [1, 0], [0.2, 2.4])
    >>> event.to_tensor(sampling_time=1, dim=(2, 2, 5, 3)).nonzero()[3].tolist()
    [2, 0]
    """

    def __init__(
        self,
        x_event: ArrayLike,
        y_event: ArrayLike | None,
        c_event: ArrayLike,
        t_event: ArrayLike,
        payload: ArrayLike | None = None,
    ) -> None:
        self.dim = 1 if y_event is None else 2
        self.graded = payload is not None
        self.x = _integers(x_event)
        self.y: NDArray[Any] = np.array(None) if y_event is None else _integers(y_event)
        self.c = _channels(_integers(c_event))
        self.t = np.asarray(t_event)
        self.p = None if payload is None else np.asarray(payload)
        self._check_lengths()

    def _check_lengths(self) -> None:
        fields = {"c_event": self.c, "t_event": self.t}
        if self.dim == 2:
            fields["y_event"] = self.y
        if self.p is not None:
            fields["payload"] = self.p
        for name, values in fields.items():
            if values.shape != self.x.shape:
                raise ValueError(
                    f"{name} must have one value for each of the {self.x.shape} "
                    f"events in x_event, got {values.shape}"
                )

    def __len__(self) -> int:
        return int(self.x.size)

    def to_tensor(
        self, sampling_time: float = 1, dim: tuple[int, ...] | None = None
    ) -> NDArray[np.float64]:
        """Bins the events in a new array.

        Args:
            sampling_time: length of a time step in milliseconds.
            dim: shape of the result; taken from the largest event if None.

        Returns:
            Array of shape (C, X, T), or (C, H, W, T) for events of two dimensions.
        """
        return _binning.to_tensor(self, sampling_time, dim)

    def fill_tensor(
        self,
        empty_tensor: Tensor,
        sampling_time: float = 1,
        random_shift: bool = False,
        binning_mode: str = "OR",
    ) -> Tensor:
        """Bins the events in place; those outside of the tensor are left out.

        A tensor of one channel takes events of any one channel.

        Args:
            empty_tensor: array or tensor of shape (C, H, W, T); events of one
                dimension fill row 0.
            sampling_time: length of a time step in milliseconds.
            random_shift: shift all events by the same number of steps, drawn from
                numpy's global generator so that as many as possible stay within the
                tensor.
            binning_mode: 'OR' sets a cell to ``1 / sampling_time``, 'SUM' adds that
                for each event. Graded events add their payload.

        Returns:
            The tensor.

        Raises:
            ValueError: if the mode is unknown or the tensor isn't of rank 4.

        Warns:
            UserWarning: events lie in channels that the tensor doesn't have.
        """
        return _binning.fill_tensor(
            self, empty_tensor, sampling_time, random_shift, binning_mode
        )

    def show(
        self,
        fig: Any = None,
        frame_rate: float = 24,
        pre_compute_frames: bool = True,
        repeat: bool = False,
    ) -> None:
        """Shows the events as an animation in a window of matplotlib.

        Args:
            fig: figure or its number; a new one if None.
            frame_rate: frames per second.
            pre_compute_frames: compute all frames before the first is shown.
            repeat: start again at the end.
        """
        import matplotlib.pyplot as plt

        from lava.lib.dl.slayer.io._display import animation

        kept = animation(self, fig, frame_rate, pre_compute_frames, repeat)
        plt.show()
        del kept

    def anim(
        self,
        fig: Any = None,
        frame_rate: float = 24,
        pre_compute_frames: bool = True,
        repeat: bool = True,
    ) -> FuncAnimation:
        """The events as an animation, for instance ``HTML(event.anim().to_jshtml())``.

        Args:
            fig: figure or its number; a new one if None.
            frame_rate: frames per second.
            pre_compute_frames: compute all frames before the first is shown.
            repeat: start again at the end.

        Returns:
            The animation; its figure is closed.
        """
        import matplotlib.pyplot as plt

        from lava.lib.dl.slayer.io._display import animation

        result = animation(self, fig, frame_rate, pre_compute_frames, repeat)
        plt.close(result._fig)
        return result


def _channels(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Channels from 0 on; a window of one polarity alone keeps its channel."""
    codes = set(np.unique(values).tolist())
    if codes and min(codes) < 0:
        return (
            (values > 0).astype(np.int64) if codes <= {-1, 1} else values - min(codes)
        )
    return values - 1 if codes == {1, 2} else values


def _integers(values: ArrayLike) -> NDArray[np.int64]:
    return np.array(values).astype(np.int64)
