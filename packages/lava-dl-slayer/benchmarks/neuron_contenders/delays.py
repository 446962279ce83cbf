"""Learnt delays as lava-dl 0.6 has them on a CPU: each channel is shifted by itself."""

import torch
from torch.nn.functional import pad


def shift(x, by):
    """Channel c of x (N, C, T) by[c] steps later, or earlier where that is negative."""
    length = x.shape[-1]
    late = [
        pad(channel, (min(n, length), 0))[..., :length]
        if n >= 0
        else pad(channel, (0, min(-n, length)))[..., -length:]
        for channel, n in zip(x.unbind(1), by, strict=True)
    ]
    return torch.stack(late, 1)


class Delayed(torch.autograd.Function):
    """y[t] = x[t - floor(delay)]; the delay's slope is y[t-1] - y[t]."""

    @staticmethod
    def forward(ctx, x, delay):
        y = shift(x, delay.int().tolist())
        ctx.save_for_backward(y, delay)
        return y

    @staticmethod
    def backward(ctx, grad):
        y, delay = ctx.saved_tensors
        slope = pad(y, (1, 0))[..., :-1] - y
        return shift(grad, (-delay.int()).tolist()), (grad * slope).sum((0, 2))


def delay_of_06(delay):
    """The shift by learnt delays, as a function of its input."""
    delay = torch.nn.Parameter(delay.detach().clone())
    return lambda x: Delayed.apply(x, delay)
