"""Our networks as modules of Lightning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from lava.lib.dl.slayer.utils import Assistant, parameter_groups


class Module(LightningModule):  # type: ignore[misc]
    """A network with loss and classifier; see ``slayer.adapters.lightning``."""

    def __init__(
        self,
        net: torch.nn.Module,
        error: Callable[..., Tensor],
        optimizer: Callable[[Iterable[Any]], Any],
        classifier: Callable[[Tensor], Tensor] | None,
        count_log: bool,
        lam: float | None,
        lr: float,
    ) -> None:
        super().__init__()
        self.net, self.error, self.optimizer, self.lr = net, error, optimizer, lr
        self.classifier, self.lam = classifier, lam
        nothing: Any = None  # Lightning steps the optimizer.
        self._assistant = Assistant(
            net, error, nothing, classifier=classifier, count_log=count_log, lam=lam
        )

    def forward(self, input: Tensor) -> Any:
        """What the network returns for an input (N, C, ..., T)."""
        return self.net(input)

    def training_step(self, batch: Any, index: int) -> Tensor:
        """Loss of a batch (input, target) or (input, target, mask)."""
        return self._logged_loss("training", batch)

    def test_step(self, batch: Any, index: int) -> Tensor:
        """Likewise, in evaluation mode."""
        return self._logged_loss("testing", batch)

    def validation_step(self, batch: Any, index: int) -> Tensor:
        """Likewise, in evaluation mode."""
        return self._logged_loss("validation", batch)

    def configure_optimizers(self) -> Any:
        """The optimizer, or what else its maker returns."""
        return self.optimizer(parameter_groups(self.net, self.lr))

    def _logged_loss(self, phase: str, batch: Any) -> Tensor:
        step = self._assistant.step(*batch)
        values: dict[str, Any] = {"loss": step.loss}
        if self.classifier is not None:
            right = self.classifier(step.output.detach()) == batch[1]
            values["accuracy"] = right.float().mean()
        if step.net_loss is not None:
            values["net_loss"] = step.net_loss
        for layer, rate in enumerate(
            [] if step.count is None else step.count.flatten()
        ):
            values[f"events_{layer}"] = rate
        named = {f"{phase}/{name}": value for name, value in values.items()}
        self.log_dict(named, on_epoch=True, on_step=False, batch_size=len(batch[0]))
        return self._assistant._total(step)
