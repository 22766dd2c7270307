"""The fused Adam against Adam's equations."""

import torch
from torch import Tensor

from erac_vaml.kernels.adam import fused_adam
from erac_vaml.training.optimisation import adam_step

SHAPES = [(3, 5), (4,), (2, 3)]


def random(shape: tuple[int, ...], seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_steps_are_those_of_the_equations() -> None:
    results = []
    for step in (adam_step, fused_adam):
        parameters = [random(shape, number) for number, shape in enumerate(SHAPES)]
        means, squares = ([torch.zeros(shape) for shape in SHAPES] for _ in range(2))
        steps = [torch.zeros(()) for _ in SHAPES]
        for moment in range(4):
            # Transposed in memory, which a fused kernel does not see.
            gradients = [random(shape[::-1], 10 * moment + number).t() for number, shape in enumerate(SHAPES)]
            constants = {"scale": torch.tensor(2.0), "learning_rate": torch.tensor(0.1), "beta1": 0.9}
            step(parameters, gradients, means, squares, steps, **constants, beta2=0.999, epsilon=1e-8)
        results.append([*parameters, *means, *squares, *steps])
    torch.testing.assert_close(*results, rtol=1e-5, atol=1e-6)
