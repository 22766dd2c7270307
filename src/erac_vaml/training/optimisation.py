"""Optimisers with gradient clipping, and the slow copy that is the target critic."""

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from erac_vaml.config.settings import Stage
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


class Optimiser:
    """One network's optimiser: clips the gradient's global L2 norm, then steps (App. B.4; released-code B12).

    PyTorch's functional optimisers, because the classes around them import its compiler: a second and 75 MB a run.
    """

    def __init__(self, network: nn.Module, settings: Stage) -> None:
        """Build SGD or Adam over every parameter of the network as the stage's settings say."""
        self._parameters: list[Tensor] = list(network.parameters())
        self._settings = settings
        self._factor = 1.0
        # A tensor: a captured step sees a change of it.
        self._learning_rate = self._parameters[0].new_full((), settings.learning_rate)
        moments = self._parameters if settings.optimizer == "adam" else []
        self._means, self._squares = ([torch.zeros_like(values) for values in moments] for _ in range(2))
        self._steps = [values.new_zeros(()) for values in moments]

    def update(self, loss: Tensor) -> None:
        """Differentiate the scalar loss with respect to this network alone, clip and step."""
        # The fused kernels would read a transposed gradient in the wrong order; they divide by the scale as they go.
        gradients = [gradient.contiguous() for gradient in torch.autograd.grad(loss, self._parameters)]
        norm = torch.nn.utils.get_total_norm(gradients)
        scale = (norm / self._settings.gradient_clip).clamp(min=1.0)
        with torch.no_grad():
            if self._settings.optimizer == "sgd":
                sgd(
                    self._parameters,
                    gradients,
                    [None] * len(gradients),
                    fused=True,
                    grad_scale=scale,
                    lr=self._learning_rate,  # type: ignore[arg-type]
                    momentum=0.0,
                    dampening=0.0,
                    weight_decay=0.0,
                    nesterov=False,
                    maximize=False,
                )
            else:
                adam(
                    self._parameters,
                    gradients,
                    exp_avgs=self._means,
                    exp_avg_sqs=self._squares,
                    max_exp_avg_sqs=[],
                    state_steps=self._steps,
                    fused=True,
                    grad_scale=scale,
                    lr=self._learning_rate,
                    beta1=self._settings.adam_beta1,
                    beta2=0.999,
                    eps=1e-8,
                    amsgrad=False,
                    weight_decay=0.0,
                    maximize=False,
                )

    @property
    def learning_rate(self) -> float:
        """Learning rate now."""
        return self._settings.learning_rate * self._factor

    def moments(self) -> dict[str, Tensor]:
        """Return what Adam knows of the steps so far, by name: the tensors themselves; SGD knows nothing."""
        kinds = {"mean": self._means, "square": self._squares, "step": self._steps}
        return {f"{kind}.{number}": value for kind, values in kinds.items() for number, value in enumerate(values)}

    def scale_learning_rate(self, factor: float) -> None:
        """Set the learning rate to the initial one times the factor."""
        self._factor = factor
        self._learning_rate.fill_(self.learning_rate)


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
