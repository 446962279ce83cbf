"""The assistant's steps, hooks and checkpoints."""

import random

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import loss
from lava.lib.dl.slayer.block import cuba
from lava.lib.dl.slayer.classifier import Rate
from lava.lib.dl.slayer.neuron import Dropout, norm
from lava.lib.dl.slayer.utils import _checkpoint
from lava.lib.dl.slayer.utils.assistant import Assistant
from lava.lib.dl.slayer.utils.stats import LearningStats


class Net(torch.nn.Module):
    """A layer with dropout, and a state that its state_dict leaves out."""

    def __init__(self, count_log=False, own_loss=False):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4))
        self.register_buffer("last_state", torch.zeros(1), persistent=False)
        self.count_log, self.own_loss = count_log, own_loss

    def forward(self, x):
        x = torch.nn.functional.dropout(x, 0.5, self.training)
        z = torch.einsum("oc,nct->not", self.weight, x) + 0.1 * self.last_state
        self.last_state = z.detach().mean().reshape(1)
        y = torch.sigmoid(z)
        extra = [self.weight.square().sum()] if self.own_loss else []
        extra += [y.mean()] if self.count_log else []
        return (y, *extra) if extra else y


def build(**options):
    net = Net(options.get("count_log", False), options.get("lam") is not None)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    error = loss.SpikeRate(0.8, 0.1, reduction="mean")
    stats = LearningStats()
    return Assistant(net, error, optimizer, stats, Rate.predict, **options)


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(0)
    return torch.rand(5, 4, 9, generator=draw), torch.tensor([0, 1, 2, 0, 1])


def test_seven_arguments_are_plain_attributes():
    given = (torch.nn.Identity(), "error", "optimizer", "stats", "classifier", True, 3)
    made = Assistant(*given)
    names = ("net", "error", "optimizer", "stats", "classifier", "count_log", "lam")
    assert tuple(getattr(made, name) for name in names) == given
    assert made.device is None


def test_training_lowers_the_loss_and_counts_samples(batch):
    assistant = build()
    for _ in range(20):
        output = assistant.train(*batch)
        assistant.stats.update()
    assert output.shape == (5, 3, 9)
    log = assistant.stats.training.loss_log
    assert log[-1] < log[0]
    assert assistant.device == torch.device("cpu")


@pytest.mark.parametrize(
    ("phase", "name"), [("test", "testing"), ("valid", "validation")]
)
def test_evaluation_changes_no_weight_and_counts_apart(batch, phase, name):
    assistant = build()
    before = assistant.net.weight.clone()
    output = getattr(assistant, phase)(*batch)
    stat = getattr(assistant.stats, name)
    assert not output.requires_grad
    assert torch.equal(assistant.net.weight, before)
    assert stat.num_samples == 5
    assert stat.correct_samples == (Rate.predict(output) == batch[1]).sum()
    assert stat.loss == pytest.approx(assistant.error(output, batch[1]).item())
    assert assistant.stats.training.num_samples == 0


@pytest.mark.parametrize("phase", ["train", "test", "valid"])
@pytest.mark.parametrize("lam", [None, 0.5])
def test_counts_come_back_beside_the_output(batch, phase, lam):
    assistant = build(count_log=True, lam=lam)
    output, count = getattr(assistant, phase)(*batch)
    torch.testing.assert_close(count, output.mean())


def test_own_loss_is_weighted_into_the_step_but_not_logged(batch):
    torch.manual_seed(0)
    plain = build()
    plain.train(*batch)
    torch.manual_seed(0)
    heavy = build(lam=100.0)
    heavy.train(*batch)
    assert heavy.stats.training.loss == plain.stats.training.loss
    assert not torch.equal(heavy.net.weight, plain.net.weight)


def test_nothing_is_needed_but_net_error_and_optimizer(batch):
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    Assistant(net, loss.SpikeRate(0.8, 0.1), optimizer).train(*batch)


def test_every_step_can_be_overridden(batch):
    called = []

    class Traced(Assistant):
        def to_device(self, *arguments):
            called.append("to_device")
            return super().to_device(*arguments)

        def step(self, *arguments):
            called.append("step")
            return super().step(*arguments)

        def update_stats(self, *arguments):
            called.append("update_stats")
            return super().update_stats(*arguments)

        def backward(self, loss):
            called.append("backward")
            return super().backward(loss)

    plain = build()
    traced = Traced(plain.net, plain.error, plain.optimizer, plain.stats)
    traced.train(*batch)
    assert called == ["to_device", "step", "update_stats", "backward"]


def test_learning_rate_is_divided_and_printed(capsys):
    assistant = build()
    assistant.reduce_lr(factor=4)
    assert assistant.optimizer.param_groups[0]["lr"] == 0.025
    assert capsys.readouterr().out == "\nLearning rate reduction from 0.1\n"


def test_what_is_beyond_the_mask_does_not_matter(batch):
    x, label = batch
    mask = (torch.arange(9) < 6).expand(5, 9)
    junk = x.masked_fill(~mask[:, None], 7.0)
    outcomes = []
    for inputs in (x, junk):
        assistant = build()
        assistant.test(inputs, label, mask)
        outcomes.append(assistant.stats.testing.loss)
    assert outcomes[0] == pytest.approx(outcomes[1])


@pytest.mark.parametrize("progress", [False, True])
def test_running_a_loader_runs_every_batch(batch, progress, capsys):
    assistant = build()
    assistant.run([batch, batch], "test", progress=progress)
    assert assistant.stats.testing.num_samples == 10
    assert ("test: 100%" in capsys.readouterr().err) == progress
    with pytest.raises(ValueError, match="phase"):
        assistant.run([batch], "training")


def steps(assistant, batch, count):
    losses = []
    for _ in range(count):
        assistant.stats.training.reset()
        assistant.train(*batch)
        losses.append(assistant.stats.training.loss)
    return losses, np.random.rand(), random.random()


def test_resuming_takes_the_same_next_steps(batch, tmp_path):
    first = build()
    steps(first, batch, 3)
    first.stats.update()
    first.save(tmp_path / "checkpoint.pt", epoch=3)
    want = steps(first, batch, 3)

    second = build()
    assert second.load(tmp_path / "checkpoint.pt") == {"epoch": 3}
    assert second.stats.training.loss_log == first.stats.training.loss_log
    assert steps(second, batch, 3) == want
    assert torch.equal(second.net.weight, first.net.weight)


def build_blocks(seed):
    torch.manual_seed(seed)
    shared = {
        "threshold": 0.5,
        "current_decay": 0.3,
        "voltage_decay": 0.1,
        "requires_grad": True,
        "persistent_state": True,
    }
    hidden = {**shared, "dropout": Dropout(0.3), "norm": norm.MeanOnlyBatchNorm}
    net = torch.nn.Sequential(
        cuba.Dense(hidden, 4, 6, weight_scale=4, weight_norm=True, delay=True),
        cuba.Recurrent(shared, 6, 3, weight_scale=4),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    error = loss.SpikeRate(0.8, 0.1)
    return Assistant(net, error, optimizer, LearningStats())


def test_fresh_blocks_resume_with_delays_states_and_norms(batch, tmp_path):
    first = build_blocks(seed=1)
    steps(first, batch, 3)
    first.save(tmp_path / "checkpoint.pt")
    want = steps(first, batch, 3)
    second = build_blocks(seed=2)
    second.load(tmp_path / "checkpoint.pt")
    assert steps(second, batch, 3) == want
    states = zip(*(a.net.state_dict().items() for a in (first, second)), strict=True)
    for (name, value), (other, resumed) in states:
        assert name == other
        assert torch.equal(value, resumed), name


def test_a_crash_while_writing_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    assistant = build()
    assistant.save(path, epoch=1)
    old = path.read_bytes()

    def crash(state, file):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(_checkpoint.torch, "save", crash)
    with pytest.raises(KeyboardInterrupt):
        assistant.save(path, epoch=2)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]
