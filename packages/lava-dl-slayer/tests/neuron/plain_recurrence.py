"""Recurrent layers as equations in float64, stepped and differentiated by autograd.

Written from the neurons' equations alone, so that it can judge what computes them.
"""

import torch

GRID = 4096


class Surrogate(torch.autograd.Function):
    """[x >= 0] with the surrogate derivative of the spike."""

    @staticmethod
    def forward(ctx, x, tau, scale):
        ctx.save_for_backward(x)
        ctx.numbers = tau, scale
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x,), (tau, scale) = ctx.saved_tensors, ctx.numbers
        return grad * scale / 2 / tau * torch.exp(-x.abs() / tau), None, None


class PhaseSurrogate(torch.autograd.Function):
    """[x >= 0] where y rises through 0, with the surrogate derivative of the spike."""

    @staticmethod
    def forward(ctx, x, y, before, tau, scale):
        ctx.save_for_backward(x, y)
        ctx.numbers = tau, scale
        return ((x >= 0) & (y >= 0) & (before < 0)).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x, y), (tau, scale) = ctx.saved_tensors, ctx.numbers
        real, imag = (torch.exp(-z.abs() / tau) / 2 / tau for z in (x, y))
        passed = (1 + x.sign() * (1 - 2 * tau * real)) / 2
        to_y = -scale / tau * y.sign() * imag * passed
        return grad * scale * real * imag, grad * to_y, None, None, None


def truncate(x):
    """Rounds toward zero on the grid of states; the gradient passes."""
    return x + (torch.trunc(x * GRID) / GRID - x).detach()


class Smooth:
    """Takes the place of both spike functions: no step, and its own derivative."""

    @staticmethod
    def apply(x, *rest):
        scale = rest[-1]
        return scale * torch.sigmoid(x)


class Recurrence:
    """A neuron's equations, one step at a time.

    Args:
        neuron: whose numbers it has.
        decays: float64, in the neuron's order.
        exact: gradients pass through what a spike does to the neuron; else straight
            through resets, and not to the levels.

    Attributes:
        norm: of CUBA's current, or of another neuron's inputs.
    """

    def __init__(self, neuron, decays, exact):
        self.neuron, self.exact, self.cut = neuron, exact, truncate
        self.decays = [d / 4096 for d in decays]
        self.adapts, self.rotates = hasattr(neuron, "threshold_step"), neuron.complex
        self.a = self.b = self.refractory = torch.zeros(1, dtype=torch.float64)
        rest = neuron.threshold if self.adapts else 0
        self.threshold = torch.full((1,), rest, dtype=torch.float64)
        self.spike, self.phase_spike = Surrogate, PhaseSurrogate
        self.norm = lambda x: x

    def step(self, z):
        before, cut = self.b, self.cut
        cuba = not (self.rotates or self.adapts)
        x = [cut(each if cuba else self.norm(each)) for each in z]
        first, second = self.decays[:2]
        if self.rotates:  # Decays are sine and cosine.
            a = cut(second * self.a) - cut(first * self.b) + x[0]
            self.b = cut(first * self.a) + cut(second * self.b) + x[1]
            self.a = a
        else:
            self.a = cut(self.a * (1 - first)) + x[0]
            current = cut(self.norm(self.a)) if cuba else self.a
            self.b = cut(self.b * (1 - second)) + current
        return self._fire(before)

    def _fire(self, before):
        level, surrogate = self._level(), self.neuron._surrogate
        level = level if self.exact else level.detach()
        if type(self.neuron).__module__.rpartition(".")[2] in ("rf", "adrf"):
            above = self.a - level
            fired = self.phase_spike.apply(above, self.b, before, *surrogate)
        else:
            fired = self.spike.apply(self.b - level, *surrogate)
        self._settle(fired if self.exact else fired.detach())
        return fired

    def _level(self):
        if not self.adapts:
            return torch.full((1,), self.neuron._level, dtype=torch.float64)
        refractory, threshold = self.decays[2:]
        rest = self.neuron.threshold
        self.refractory = self.cut(self.refractory * (1 - refractory))
        self.threshold = self.cut((self.threshold - rest) * (1 - threshold)) + rest
        return self.threshold + self.refractory

    def _settle(self, fired):
        """What a spike does to the neuron."""
        name = type(self.neuron).__module__.rpartition(".")[2]
        if self.adapts:
            self.refractory = self.refractory + 2 * fired * self.threshold
            self.threshold = self.threshold + fired * self.neuron.threshold_step
        elif name == "cuba":
            self.b = self._reset(self.b, fired, 0)
        elif name == "rf_iz":
            self.a = self._reset(self.a, fired, 0)
            self.b = self._reset(self.b, fired, self.neuron._level - 1 / GRID)

    def _reset(self, y, fired, rest):
        after = y * (1 - fired) + fired * rest
        return after if self.exact else y + (after - y).detach()


def spikes_of(recurrence, z, weights, delays=None):
    """Spikes (N, C, T) of inputs z whose spikes return through the weights."""
    steps = []
    for now in zip(*(x.unbind(-1) for x in z), strict=True):
        back = returning(steps, z[0][..., 0], delays)
        fed = [x + back @ w.T for x, w in zip(now, weights, strict=True)]
        steps.append(recurrence.step(fed))
    return torch.stack(steps, -1)


def returning(steps, like, delays):
    """What was sent before and is due, whose slope by the delay is y[t-1] - y[t]."""

    def sent(c, before):
        known = 0 <= before < len(steps)
        return steps[before][:, c] if known else torch.zeros_like(like[:, c])

    columns = []
    for c in range(like.shape[1]):
        delay = torch.zeros(()) if delays is None else delays[c]
        last = len(steps) - 1 - int(delay)
        y, earlier = sent(c, last), sent(c, last - 1)
        columns.append(y + (delay - delay.detach()) * (earlier - y).detach())
    return torch.stack(columns, 1)
