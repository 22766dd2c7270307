"""Optimisers with gradient clipping, and the slow copy that is the target critic."""

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from erac_vaml.config.settings import Stage
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


class Optimiser:
    """One network's optimiser: clips the gradient's global L2 norm, then steps (App. B.4; released-code B12)."""

    def __init__(self, network: nn.Module, settings: Stage) -> None:
        """Build SGD or Adam over every parameter of the network as the stage's settings say."""
        self._parameters = list(network.parameters())
        self._settings = settings
        self._optimizer: torch.optim.Optimizer
        if settings.optimizer == "sgd":
            self._optimizer = torch.optim.SGD(self._parameters, lr=settings.learning_rate)
        else:
            betas = (settings.adam_beta1, 0.999)
            self._optimizer = torch.optim.Adam(self._parameters, lr=settings.learning_rate, betas=betas, fused=True)

    def update(self, loss: Tensor) -> None:
        """Differentiate the scalar loss with respect to this network alone, clip and step."""
        gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        for parameter, gradient in zip(self._parameters, gradients, strict=True):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(self._parameters, self._settings.gradient_clip)
        self._optimizer.step()

    @property
    def learning_rate(self) -> float:
        """Learning rate now."""
        return float(self._optimizer.param_groups[0]["lr"])

    def scale_learning_rate(self, factor: float) -> None:
        """Set the learning rate to the initial one times the factor."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.learning_rate * factor


def copy_network(network: SequenceToSequence) -> SequenceToSequence:
    """Return a copy that is never differentiated: the target critic at the start of a phase (Algorithm 3, line 1)."""
    copied = copy.deepcopy(network).requires_grad_(False)
    for module in copied.modules():
        if isinstance(module, nn.LSTM):
            # A deep copy leaves the weights in pieces, which cuDNN would gather again at every step.
            module.flatten_parameters()
    return copied


@torch.no_grad()
def update_target(target: Iterable[Tensor], source: Iterable[Tensor], beta: float) -> None:
    """Move the target critic's parameters towards the critic's: φ̄ ← βφ + (1 − β)φ̄ (Algorithm 3, line 11)."""
    torch._foreach_lerp_(list(target), list(source), beta)
