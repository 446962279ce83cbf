"""NeuroBench counts what our profile does; Lightning logs what our Assistant does."""

import numpy as np
import pytest

from lava.lib.dl import netx

WHY = "needs the tools: nox -s ecosystem"
torch = pytest.importorskip("torch", reason=WHY)
slayer = pytest.importorskip("lava.lib.dl.slayer", reason=WHY)
for tool in ("neurobench", "lightning"):
    pytest.importorskip(tool, reason=WHY)

CUBA = {"threshold": 0.5, "current_decay": 0.4, "voltage_decay": 0.2}
SDNN = {"threshold": 0.1, "activation": torch.relu}
WAVE = {"threshold": 0.5, "period": 9, "decay": 0.1}
BIG = {"weight_scale": 2, "weight_norm": True}
STEPS = 10
cuba, sigma_delta, rf_iz = (
    slayer.block.cuba,
    slayer.block.sigma_delta,
    slayer.block.rf_iz,
)


def dense():
    mask = (torch.rand(6, 8) < 0.7).float()
    return (8,), [
        cuba.Dense(CUBA, 8, 6, mask=mask, **BIG),
        cuba.Dense(CUBA, 6, 3, **BIG),
    ]


def spatial():
    return (4, 6, 6), [
        cuba.Conv(CUBA, 4, 8, 3, padding=1, groups=4, **BIG),
        cuba.Pool(CUBA, 2),
        cuba.ConvT(CUBA, 8, 4, 2, stride=2, **BIG),
        cuba.Unpool(CUBA, 2),
        cuba.Flatten(),
        cuba.Dense(CUBA, 4 * 12 * 12, 3, **BIG),
    ]


def recurrent():
    return (8,), [cuba.Recurrent(CUBA, 8, 6, **BIG), cuba.Affine(CUBA, 6, 3)]


def changes():
    return (8,), [sigma_delta.Dense(SDNN, 8, 6, **BIG), sigma_delta.Dense(SDNN, 6, 3)]


def complex_pair():
    return (8,), [rf_iz.Dense(WAVE, 8, 6, **BIG), rf_iz.Dense(WAVE, 6, 3, **BIG)]


@pytest.fixture(params=[dense, spatial, recurrent, changes, complex_pair])
def network(request):
    torch.manual_seed(3)
    shape, blocks = request.param()
    x = (torch.rand(2, *shape, STEPS) < 0.4).float()
    net = torch.nn.Sequential(*blocks).eval()
    with torch.no_grad():
        assert net(x).any()
    return net, x, request.param.__name__


@pytest.fixture
def profile(network, tmp_path):
    net, x, _ = network
    slayer.io.export(net, tmp_path / "network.net")
    return netx.profile(tmp_path / "network.net", x.numpy(), layout="chw")


def test_operations_are_those_of_the_profile(network, profile):
    from neurobench.metrics.workload import SynapticOperations

    net, x, name = network
    model = slayer.adapters.neurobench(net)
    model.register_hooks()
    metric = SynapticOperations()
    y = model(x.movedim(-1, 1))
    found = metric(model, y, (x, None))
    total = sum(layer.synaptic_operations for layer in profile.layers)
    counted = found["Effective_ACs"] + found["Effective_MACs"]
    assert counted * len(x) == pytest.approx(total)
    assert found["Effective_ACs"] > 0
    assert (found["Effective_MACs"] > 0) == (name == "changes")
    assert y.shape[:2] == (2, STEPS)
    model.cleanup_hooks()


def test_sparsity_is_that_of_the_spikes(network):
    from neurobench.metrics.workload import ActivationSparsity

    net, x, _ = network
    model = slayer.adapters.neurobench(net)
    model.register_hooks()
    y = model(x.movedim(-1, 1))
    found = ActivationSparsity()(model, y, (x, None))
    assert 0 < found < 1


class Logged(torch.nn.Module):
    """A network that returns its own loss and the rate of its events, too."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(5)
        self.block = cuba.Dense(CUBA, 8, 3, **BIG)

    def forward(self, x):
        y = self.block(x)
        return y, y.mean(), (y != 0).float().mean().reshape(1, 1)


def data():
    generator = torch.Generator().manual_seed(6)
    x = (torch.rand(12, 8, STEPS, generator=generator) < 0.5).float()
    return [(x[i : i + 4], torch.arange(4) % 3) for i in (0, 4, 8)]


@pytest.mark.filterwarnings("ignore")
def test_lightning_learns_and_logs_as_the_assistant(tmp_path):
    from lightning.pytorch import Trainer

    predict = slayer.classifier.Rate.predict
    error = slayer.loss.SpikeRate(0.2, 0.02, reduction="mean")
    module = slayer.adapters.lightning(
        Logged(), error, torch.optim.SGD, predict, count_log=True, lam=0.1
    )
    quiet = {"enable_progress_bar": False, "logger": False, "accelerator": "cpu"}
    trainer = Trainer(
        max_epochs=1, enable_checkpointing=False, default_root_dir=tmp_path, **quiet
    )
    loader = torch.utils.data.DataLoader(data(), batch_size=None)
    trainer.fit(module, loader)
    logged = dict(trainer.callback_metrics)
    trainer.test(module, loader, verbose=False)

    net, stats = Logged(), slayer.utils.LearningStats()
    optimizer = torch.optim.SGD(slayer.utils.parameter_groups(net, 0.001))
    assistant = slayer.utils.Assistant(
        net, error, optimizer, stats, predict, count_log=True, lam=0.1
    )
    assistant.run(data())
    assistant.run(data(), "test")
    for own, other in zip(net.parameters(), module.net.parameters(), strict=True):
        torch.testing.assert_close(own, other)
    np.testing.assert_allclose(logged["training/loss"], stats.training.loss, rtol=1e-5)
    np.testing.assert_allclose(logged["training/accuracy"], stats.training.accuracy)
    tested = trainer.callback_metrics
    np.testing.assert_allclose(tested["testing/loss"], stats.testing.loss, rtol=1e-5)
    assert {"training/events_0", "training/net_loss"} <= set(logged)
