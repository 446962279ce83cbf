"""Hooks, subclasses and functions of users on every part of a block."""

import torch

from block_tools._block import output, parts, same, trained


def hooked(kind):
    """Each hook of each part is called, and changes nothing by being there."""
    block, x = kind.with_delays(kind.make()), kind.data()
    y = trained(block, x)
    calls = {}
    for place, part in enumerate(parts(kind, block)):
        handles = [
            part.register_forward_pre_hook(lambda *_: calls.update(pre=1)),
            part.register_forward_hook(lambda *_: calls.update(forward=1)),
            part.register_full_backward_hook(lambda *_: calls.update(backward=1)),
            part.register_full_backward_pre_hook(lambda *_: calls.update(before=1)),
        ]
        calls.clear()
        same(trained(block, x, 1), y)
        assert len(calls) == 4, (place, type(part).__name__, calls)
        for handle in handles:
            handle.remove()


def watched(kind):
    """A hook on all modules sees every part."""
    block, x = kind.with_delays(kind.make()), kind.data()
    seen = set()
    module = torch.nn.modules.module
    handle = module.register_module_forward_hook(lambda m, *_: seen.add(m))
    try:
        output(block, x)
    finally:
        handle.remove()
    assert seen.issuperset(parts(kind, block))


def counted(function, calls):
    def run(*args, **kwargs):
        calls.append(1)
        return function(*args, **kwargs)

    return run


def derived(kind):
    """The forward pass of a subclass of each part is called."""
    block, x = kind.with_delays(kind.make()), kind.data()
    y = trained(block, x)
    for part in parts(kind, block):
        calls, own = [], type(part)
        names = {"forward": counted(own.forward, calls)}
        part.__class__ = type("Mine", (own,), names)
        same(trained(block, x, 1), y)
        assert calls, own
        part.__class__ = own


def overridden(kind):
    """A function set on an instance of each part is called."""
    block, x = kind.with_delays(kind.make()), kind.data()
    y = trained(block, x)
    for part in parts(kind, block):
        for name in ("forward", "dynamics", "spike"):
            if hasattr(part, name):
                calls = []
                setattr(part, name, counted(getattr(part, name), calls))
                same(trained(block, x, 1), y)
                assert calls, (type(part), name)
                delattr(part, name)


def quantised_by_hook(kind):
    """``block.pre_hook_fx = f``, with a function and with a module."""

    class Doubled(torch.nn.Module):
        def forward(self, x, descale=False):
            return 2 * x

    for hook in (Doubled(), Doubled().forward):
        block = kind.make()
        block.pre_hook_fx = hook
        assert block.pre_hook_fx is hook or block.pre_hook_fx == hook
        trained(block, kind.data())


def shown(kind):
    block = kind.make()
    threshold = {"Affine": "threshold=-1"}.get(kind.layer, "threshold=0.")
    assert not kind.has_neuron or threshold in repr(block)
