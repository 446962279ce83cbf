"""The assistant's steps, hooks and checkpoints."""

import os
import random
import signal
import subprocess
import sys
import time

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


def spoilt(batch):
    x = batch[0].clone()
    x[0, 0, 0] = float("nan")
    return x, batch[1]


def blow_up(assistant):
    assistant.net.weight.register_hook(lambda grad: grad * float("inf"))


FAULTS = {
    "input": lambda assistant, batch: spoilt(batch),
    "loss": lambda assistant, batch: (
        setattr(assistant, "error", lambda y, target: y.sum() * float("nan")),
        batch,
    )[1],
    "the gradient of weight": lambda assistant, batch: (blow_up(assistant), batch)[1],
}


@pytest.mark.parametrize("where", FAULTS)
@pytest.mark.parametrize("count_log", [False, True])
def test_a_batch_that_meets_nan_raises_and_changes_no_weight(batch, where, count_log):
    assistant = build(count_log=count_log)
    before = assistant.net.weight.clone()
    given = FAULTS[where](assistant, batch)
    with pytest.raises(FloatingPointError, match=f"in {where} of this batch"):
        assistant.train(*given)
    assert torch.equal(assistant.net.weight, before)
    assert assistant.stats.training.not_finite == 1
    assert "1 batches not finite" in str(assistant.stats)


@pytest.mark.parametrize("where", FAULTS)
def test_a_batch_that_meets_nan_can_be_left_out(batch, where):
    assistant = build(not_finite="skip")
    before = assistant.net.weight.clone()
    given = FAULTS[where](assistant, batch)
    with pytest.warns(RuntimeWarning, match=f"{where} of this batch; it is left out"):
        output = assistant.train(*given)
    assert output.shape == (5, 3, 9)
    assert torch.equal(assistant.net.weight, before)
    assert assistant.stats.training.not_finite == 1


def test_nan_can_be_ignored(batch):
    assistant = build(not_finite="ignore")
    assistant.train(*spoilt(batch))
    assert assistant.net.weight.isnan().any()
    with pytest.raises(ValueError, match="not_finite must be"):
        build(not_finite="warn")


@pytest.mark.parametrize("phase", ["test", "valid"])
def test_evaluation_tells_of_nan_too(batch, phase):
    with pytest.raises(FloatingPointError, match="input"):
        getattr(build(), phase)(*spoilt(batch))


def test_spiking_blocks_that_hide_nan_are_told_of(batch):
    assistant = build_blocks(seed=3)
    assistant.train(*batch)
    with pytest.raises(FloatingPointError, match="input"):
        assistant.train(*spoilt(batch))
    state = assistant.net.state_dict()
    assert all(bool(v.isfinite().all()) for v in state.values())
    with torch.no_grad():
        assistant.net[1].recurrent_synapse.weight.view(-1)[0] = float("nan")
    with pytest.raises(FloatingPointError, match="synapse"):
        assistant.train(*batch)


def test_without_statistics_a_checkpoint_loads_all_the_same(batch, tmp_path):
    first = build()
    steps(first, batch, 2)
    first.save(tmp_path / "checkpoint.pt", epoch=2)
    second = build()
    second.stats = None
    assert second.load(tmp_path / "checkpoint.pt") == {"epoch": 2}
    assert torch.equal(second.net.weight, first.net.weight)
    second.save(tmp_path / "checkpoint.pt")
    assert build().load(tmp_path / "checkpoint.pt") == {}


def flat_state(assistant):
    return {
        "net": {n: v.clone() for n, v in assistant.net.state_dict().items()},
        "buffers": _checkpoint.buffers(assistant.net),
        "groups": [
            {n: v for n, v in group.items() if n != "params"}
            for group in assistant.optimizer.param_groups
        ],
        "losses": list(assistant.stats.training.loss_log),
        "random": torch.get_rng_state(),
    }


def other_optimizer(assistant):
    parameters = assistant.net.parameters()
    assistant.optimizer = torch.optim.SGD(parameters, lr=0.5, momentum=0.9)


def other_groups(assistant):
    parameters = [torch.nn.Parameter(torch.zeros(2)), *assistant.net.parameters()]
    assistant.optimizer = torch.optim.Adam(parameters, lr=0.5)


def other_network(assistant):
    assistant.net.weight = torch.nn.Parameter(torch.zeros(7, 4))


def one_layer_more(assistant):
    assistant.net.more = torch.nn.Linear(2, 2)


@pytest.mark.parametrize(
    "change", [other_optimizer, other_groups, other_network, one_layer_more]
)
def test_a_checkpoint_that_does_not_match_changes_nothing(batch, tmp_path, change):
    first = build()
    steps(first, batch, 2)
    first.stats.update()
    first.save(tmp_path / "checkpoint.pt")
    second = build()
    change(second)
    torch.manual_seed(77)
    before = flat_state(second)
    with pytest.raises((ValueError, RuntimeError)):
        second.load(tmp_path / "checkpoint.pt")
    after = flat_state(second)
    for part in ("net", "buffers"):
        for name, value in before[part].items():
            assert torch.equal(value, after[part][name]), name
    for part in ("groups", "losses"):
        assert before[part] == after[part]
    assert torch.equal(before["random"], after["random"])


def test_a_scheduler_does_not_make_optimizers_differ(batch, tmp_path):
    first = build()
    torch.optim.lr_scheduler.ExponentialLR(first.optimizer, 0.9)
    first.save(tmp_path / "checkpoint.pt")
    build().load(tmp_path / "checkpoint.pt")


def test_a_file_that_is_no_checkpoint_is_told(tmp_path):
    torch.save({"weight": torch.zeros(1)}, tmp_path / "weights.pt")
    with pytest.raises(ValueError, match=r"no checkpoint of Assistant.save.*net"):
        build().load(tmp_path / "weights.pt")


KILLS = int(os.environ.get("LAVA_DL_KILLS", "20"))
SAVERS = """
import os, sys
import torch
from lava.lib.dl.slayer import utils

def save(path, count):
    net = torch.nn.Linear(80, 80)
    torch.nn.init.constant_(net.weight, count)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    utils.Assistant(net, None, optimizer).save(path, count=count)

def save_forever(path):
    for count in range(os.getpid(), 10**9):
        save(path, count)
        if count == os.getpid():
            print(os.getpid(), flush=True)

torch.set_num_threads(1)
save(sys.argv[1], 0)  # what it imports, every child then has
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        save_forever(sys.argv[1])
    print("ended", os.waitpid(child, 0), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_killed_save_leaves_the_old_checkpoint_or_the_new_one(tmp_path):
    path, draw, counts = tmp_path / "a.pt", random.Random(3), set()
    net = torch.nn.Linear(80, 80)
    last = Assistant(net, None, torch.optim.SGD(net.parameters(), lr=0.1))
    last.save(path, count=0)
    command = [sys.executable, "-c", SAVERS, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as savers:
        for _ in range(KILLS):
            print(file=savers.stdin, flush=True)
            child = int(savers.stdout.readline())
            time.sleep(draw.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
            assert savers.stdout.readline().startswith("ended")
            state = torch.load(path)
            count = state["extra"]["count"]
            weight = state["net"]["weight"]
            assert count == 0 or bool((weight == count).all())
            counts.add(count)
    last.save(path)
    assert list(tmp_path.iterdir()) == [path]
    assert len(counts) > 1


FULL_DISK = """
import resource, sys
import torch
from lava.lib.dl.slayer import utils

net = torch.nn.Linear(80, 80)
assistant = utils.Assistant(net, None, torch.optim.SGD(net.parameters(), lr=0.1))
for room in (0, 1, 1000, 5000, 20000, 40000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, -1))
    try:
        assistant.save(sys.argv[1])
    except OSError:
        print("refused")
"""


def test_a_full_disk_is_an_error_and_leaves_the_old_checkpoint(tmp_path):
    pytest.importorskip("resource")
    path = tmp_path / "a.pt"
    path.write_bytes(b"old")
    # -B: what Python compiles would be cut short, too, and stay so.
    command = [sys.executable, "-B", "-c", FULL_DISK, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "refused\n" * 6), done.stderr
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
