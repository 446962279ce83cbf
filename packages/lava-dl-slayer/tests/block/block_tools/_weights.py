"""Weights that PyTorch computes, prunes, freezes or shares."""

import torch
from torch.nn.utils import parametrizations, parametrize, prune

from block_tools._block import output, same, synapses, trained


def reweighted(kind, change, undo=None):
    """Weights that torch computes run, learn and are written as they are."""
    block, x = kind.make(), kind.data()
    for synapse in synapses(block):
        change(synapse)
    y = trained(block, x)
    block.materialise(kind.input_shape)
    plain = kind.make()
    plain.load_state_dict(
        {n: v for n, v in block.state_dict().items() if n in plain.state_dict()},
        strict=False,
    )
    for synapse, changed in zip(synapses(plain), synapses(block), strict=True):
        synapse.weight.data = changed.weight.detach().clone()
    same(output(plain, x), y)
    plain.materialise(kind.input_shape)
    assert block.to_spec() == plain.to_spec()
    if undo is not None:
        for synapse in synapses(block):
            undo(synapse)
        same(output(block, x), y)


def pruned(kind):
    reweighted(
        kind,
        lambda s: prune.l1_unstructured(s, "weight", 0.5),
        lambda s: prune.remove(s, "weight"),
    )


def old_weight_norm(kind):
    reweighted(kind, torch.nn.utils.weight_norm, torch.nn.utils.remove_weight_norm)


def own_weight_norm(kind):
    """``enable_weight_norm``, which torch's own function takes away again."""
    reweighted(
        kind, lambda s: s.enable_weight_norm(), torch.nn.utils.remove_weight_norm
    )


def orthogonal(kind):
    reweighted(kind, parametrizations.orthogonal)


def weight_norm(kind):
    reweighted(kind, parametrizations.weight_norm)


def spectral_norm(kind):
    def change(synapse):
        parametrizations.spectral_norm(synapse).eval()

    reweighted(kind, change)


def old_spectral_norm(kind):
    def change(synapse):
        torch.nn.utils.spectral_norm(synapse).eval()

    reweighted(kind, change)


class Halved(torch.nn.Module):
    def forward(self, weight):
        return weight / 2


def parametrised(kind):
    def change(synapse):
        parametrize.register_parametrization(synapse, "weight", Halved())

    reweighted(kind, change)


def parametrised_direction(kind):
    def change(synapse):
        synapse.enable_weight_norm()
        parametrize.register_parametrization(synapse, "weight_v", Halved())

    reweighted(kind, change)


def frozen(kind):
    block, x = kind.make().requires_grad_(False), kind.data()
    same(trained(block, x), output(kind.make(), x))
    assert all(p.grad is None for p in block.parameters())


def shared(kind):
    """Two blocks learn the same weights."""
    blocks, x = [kind.make(seed) for seed in (3, 4)], kind.data()
    for first, second in zip(*map(synapses, blocks), strict=True):
        second.weight = first.weight
    grads = []
    for block in blocks:
        trained(block, x, 1)
        # Of a neuron that steps, the real part alone may have no gradient.
        learnt = [s.weight.grad.flatten() for s in synapses(blocks[0])]
        grads.append(torch.cat(learnt))
    assert not torch.equal(*grads)
