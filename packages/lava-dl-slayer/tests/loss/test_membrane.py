"""The loss and the classifier of membranes that don't spike."""

import pytest
import torch
import torch.nn.functional as F

from lava.lib.dl import slayer

LENGTHS = torch.tensor([12, 5, 9])
LABEL = torch.tensor([0, 3, 1])
REDUCE = {
    "max": lambda x: x.amax(dim=-1),
    "mean": lambda x: x.mean(dim=-1),
    "last": lambda x: x[..., -1],
}


@pytest.fixture
def membrane():
    return torch.randn(3, 4, 12, generator=torch.Generator().manual_seed(2)) - 3


@pytest.mark.parametrize("over_time", REDUCE)
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_it_is_the_cross_entropy_of_the_reduced_membrane(
    membrane, over_time, reduction
):
    found = slayer.loss.Membrane(over_time, reduction)(membrane, LABEL)
    wanted = F.cross_entropy(REDUCE[over_time](membrane), LABEL, reduction=reduction)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("over_time", REDUCE)
def test_a_mask_is_like_cutting_the_samples(membrane, over_time):
    mask = torch.arange(12) < LENGTHS[:, None]
    found = slayer.loss.Membrane(over_time, "none")(membrane, LABEL, mask)
    for i, length in enumerate(LENGTHS):
        cut = REDUCE[over_time](membrane[i : i + 1, :, :length])
        torch.testing.assert_close(found[i], F.cross_entropy(cut, LABEL[i : i + 1]))


@pytest.mark.parametrize("over_time", REDUCE)
def test_the_class_is_the_highest(membrane, over_time):
    classifier = slayer.classifier.Membrane(over_time)
    reduced = REDUCE[over_time](membrane)
    assert torch.equal(classifier(membrane), reduced.argmax(dim=1))
    torch.testing.assert_close(classifier.confidence(membrane), reduced.softmax(dim=1))


def test_unknown_names_are_refused():
    for kind in (slayer.loss.Membrane, slayer.classifier.Membrane):
        with pytest.raises(
            ValueError, match=r"over_time must be one of \('max', 'mean'"
        ):
            kind("sum")
    with pytest.raises(ValueError, match="reduction must be one of"):
        slayer.loss.Membrane(reduction="all")


def test_labels_that_fit_not_are_refused(membrane):
    with pytest.raises(
        ValueError, match=r"label must be of shape \(3,\), got \(3, 12\)"
    ):
        slayer.loss.Membrane()(membrane, LABEL[:, None].expand(-1, 12))
