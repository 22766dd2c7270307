"""Optimisers with gradient clipping, and the target critic: a slowly moving copy of the critic."""

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from erac_vaml import kernels
from erac_vaml.config.settings import Stage
from erac_vaml.kernels.adam import fused_adam
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


class Optimiser:
    """One network's optimiser: clips the gradient's global L2 norm, then steps (App. B.4; released-code B12)."""

    def __init__(self, network: nn.Module, settings: Stage) -> None:
        """Build SGD or Adam for all parameters of the network, as the stage's settings say."""
        self._parameters: list[Tensor] = list(network.parameters())
        self._settings = settings
        self._factor = 1.0
        # A tensor, so that a captured step reads its current value.
        self._learning_rate = self._parameters[0].new_full((), settings.learning_rate)
        moments = self._parameters if settings.optimizer == "adam" else []
        self._means, self._squares = ([torch.zeros_like(values) for values in moments] for _ in range(2))
        self._steps = [values.new_zeros(()) for values in moments]

    def update(self, loss: Tensor) -> None:
        """Differentiate the scalar loss with respect to this network only, clip and step."""
        gradients = list(torch.autograd.grad(loss, self._parameters))
        scale = (torch.nn.utils.get_total_norm(gradients) / self._settings.gradient_clip).clamp(min=1.0)
        with torch.no_grad():
            if self._settings.optimizer == "sgd":
                for parameter, gradient in zip(self._parameters, gradients, strict=True):
                    parameter.addcmul_(gradient, self._learning_rate / scale, value=-1.0)
                return
            adam = fused_adam if kernels.is_on("adam") else adam_step
            adam(
                self._parameters,
                gradients,
                self._means,
                self._squares,
                self._steps,
                scale=scale,
                learning_rate=self._learning_rate,
                beta1=self._settings.adam_beta1,
                beta2=0.999,
                epsilon=1e-8,
            )

    @property
    def learning_rate(self) -> float:
        """The current learning rate."""
        return self._settings.learning_rate * self._factor

    def moments(self) -> dict[str, Tensor]:
        """Return Adam's moments and step counts by name: the tensors themselves, not copies; SGD has none."""
        kinds = {"mean": self._means, "square": self._squares, "step": self._steps}
        return {f"{kind}.{number}": value for kind, values in kinds.items() for number, value in enumerate(values)}

    def scale_learning_rate(self, factor: float) -> None:
        """Set the learning rate to the factor times the initial learning rate."""
        self._factor = factor
        self._learning_rate.fill_(self.learning_rate)


def adam_step(
    parameters: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    steps: list[Tensor],
    *,
    scale: Tensor,
    learning_rate: Tensor,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> None:
    """Do a step of Adam (Kingma and Ba, 2015), in place, without a graph.

    Args:
        parameters: the parameters to update.
        gradients: gradients of the parameters.
        means: running averages of the gradients.
        squares: running averages of the squared gradients.
        steps: completed steps of each parameter, () each.
        scale: divisor of the gradients, ().
        learning_rate: the learning rate, ().
        beta1: β1.
        beta2: β2.
        epsilon: ε, added to the root of the second moment after bias correction (released-code B11).
    """
    for parameter, gradient, mean, square, step in zip(parameters, gradients, means, squares, steps, strict=True):
        scaled = gradient / scale
        step += 1.0
        count = step.double()  # 1 − β2^step has few digits in single precision
        mean.lerp_(scaled, 1.0 - beta1)
        square.lerp_(scaled.square(), 1.0 - beta2)
        root = (square / (1.0 - beta2**count)).sqrt_().add_(epsilon)
        parameter.sub_(learning_rate * mean / (1.0 - beta1**count) / root)


def copy_network(network: SequenceToSequence) -> SequenceToSequence:
    """Return a copy without gradients: the target critic at the start of a phase (Algorithm 3, line 1)."""
    copied = copy.deepcopy(network).requires_grad_(False)
    for module in copied.modules():
        if isinstance(module, nn.LSTM):
            # A deep copy scatters the weights in memory, and cuDNN would gather them at every step.
            module.flatten_parameters()
    return copied


@torch.no_grad()
def update_target(target: Iterable[Tensor], source: Iterable[Tensor], beta: float) -> None:
    """Move the target critic's parameters towards the critic's: φ̄ ← βφ + (1 − β)φ̄ (Algorithm 3, line 11)."""
    for ours, theirs in zip(target, source, strict=True):
        ours.lerp_(theirs, beta)
