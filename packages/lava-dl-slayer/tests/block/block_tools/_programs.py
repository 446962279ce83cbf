"""Programs and derivatives that PyTorch makes of a block."""

import copy

import torch

from block_tools._block import output, same


def compiled(kind):
    """As one graph, with the gradient."""
    torch._dynamo.reset()
    block = kind.with_delays(kind.make())
    graph = torch.compile(copy.deepcopy(block), fullgraph=True, backend="aot_eager")
    inputs = [kind.data().requires_grad_() for _ in range(2)]
    outputs = [output(block, inputs[0]), output(graph, inputs[1])]
    same(*outputs)
    for y in outputs:
        y.square().sum().backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad)


def exported_program(kind):
    """The program of a block that ran, at another batch size."""
    block = kind.with_delays(kind.make()).eval()
    output(block, kind.data(batch=3))
    batch = {0: torch.export.Dim("batch", min=2, max=64)}
    program = torch.export.export(block, (kind.data(),), dynamic_shapes=(batch,))
    x = kind.data(batch=5)
    same(program.module()(x), output(block, x))


def traced(kind):
    """The trace of a block that ran, at another batch size."""
    block = kind.with_delays(kind.make()).eval()
    output(block, kind.data(batch=3))
    with torch.no_grad():
        program = torch.jit.trace(block, (kind.data(),), check_trace=False)
    x = kind.data(batch=5)
    same(output(program, x), output(block, x))


def mapped(kind):
    block = kind.with_delays(kind.make())
    batches = torch.stack([kind.data(seed=seed) for seed in (5, 6)])
    with torch.no_grad():
        wanted = torch.stack([output(block, x) for x in batches])
        same(torch.vmap(lambda x: output(block, x))(batches), wanted)


def loss(block, x):
    return output(block, x).square().sum()


def differentiated(kind):
    """``torch.func.grad`` and ``vjp`` give what ``backward`` gives."""
    block, x = kind.with_delays(kind.make()), kind.data().requires_grad_()
    loss(block, x).backward()
    torch.testing.assert_close(torch.func.grad(loss, 1)(block, x.detach()), x.grad)
    value, pull = torch.func.vjp(lambda x: loss(block, x), x.detach())
    torch.testing.assert_close(pull(torch.ones_like(value))[0], x.grad)
    learnt = {n: p for n, p in block.named_parameters() if p.grad is not None}

    def of_parameters(values):
        y = torch.func.functional_call(block, values, (x.detach(),))
        return (y[0] if isinstance(y, tuple) else y).square().sum()

    found = torch.func.grad(of_parameters)({n: p.detach() for n, p in learnt.items()})
    for name, parameter in learnt.items():
        torch.testing.assert_close(found[name], parameter.grad)


def pushed_forward(kind):
    """``jvp`` is the derivative that ``backward`` knows, or says that it has none."""
    block, x = kind.with_delays(kind.make()), kind.data().requires_grad_()
    tangent = torch.ones_like(x)
    try:
        _, found = torch.func.jvp(lambda x: output(block, x), (x.detach(),), (tangent,))
    except (RuntimeError, NotImplementedError) as error:
        assert str(error)
        return
    (grad,) = torch.autograd.grad(output(block, x).sum(), x)
    torch.testing.assert_close(found.sum(), grad.sum())
