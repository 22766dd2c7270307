"""The interface for other people's models: names, shapes, and arguments that are not changed."""

import re
from pathlib import Path

import pytest
import torch

from erac_vaml import objectives, rewards

PAIRS, STEPS, WORDS = 2, 3, 5
GENERATOR = torch.Generator().manual_seed(0)
MASK = torch.tensor([[True, True, True], [True, True, False]])
TOKENS = torch.randint(WORDS, (PAIRS, STEPS), generator=GENERATOR)


def random(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=GENERATOR)


def each_token() -> torch.Tensor:
    return random(PAIRS, STEPS)


def each_word() -> torch.Tensor:
    return random(PAIRS, STEPS, WORDS)


def policy() -> torch.Tensor:
    return each_word().softmax(-1)


A_NUMBER_FOR_EACH_TOKEN = {
    "action_value": (each_token(), each_token(), MASK),
    "entropy": (policy(),),
    "expectation": (policy(), each_word()),
    "j_kappa": (each_token(), each_token(), MASK),
    "one_step_ahead": (each_token(), MASK),
    "policy_losses": (policy(), each_word(), 0.1, True),
    "soft_value": (each_word(), 0.4),
    "squared_deviations": (each_word(),),
    "state_value": (each_token(), each_token(), 0.1),
    "taken": (each_word(), TOKENS),
    "target_losses": (each_word(), policy()),
    "td_target": (each_token(), each_token(), each_token(), MASK, 0.1),
    "token_losses": (each_word(), TOKENS),
}
A_NUMBER_FOR_EACH_WORD = {"log_policy": (policy(),), "token_target": (each_word(), 0.4)}
A_NUMBER = {
    "actor_loss": (each_token(), MASK),
    "mle_loss": (each_token(), MASK),
    "sequence_loss": (each_token(), MASK),
    "smoothing_loss": (each_token(), MASK, "variance", WORDS),
    "soft_q_loss": (each_token(), each_token(), MASK),
    "summed_td_error": (each_token(), each_token(), MASK, "absolute"),
    "td_loss": (each_token(), each_token(), MASK, "half-squared"),
    "weighted_sequence_loss": (random(PAIRS, 1, STEPS), MASK.unsqueeze(1), random(PAIRS, 1).softmax(-1)),
}
OTHERS = {
    "importance_weights": ((random(PAIRS, 4), 0.4), (PAIRS, 4)),
    "sum_over_time": ((each_token(), MASK), (PAIRS,)),
}
CALLS = (
    {name: (arguments, (PAIRS, STEPS)) for name, arguments in A_NUMBER_FOR_EACH_TOKEN.items()}
    | {name: (arguments, (PAIRS, STEPS, WORDS)) for name, arguments in A_NUMBER_FOR_EACH_WORD.items()}
    | {name: (arguments, ()) for name, arguments in A_NUMBER.items()}
    | OTHERS
)


def test_every_public_function_is_called_here() -> None:
    assert set(CALLS) == set(objectives.__all__)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_results_have_their_shape_and_arguments_are_unchanged(name: str) -> None:
    arguments, shape = CALLS[name]
    before = [argument.clone() for argument in arguments if isinstance(argument, torch.Tensor)]
    result = getattr(objectives, name)(*arguments)
    assert result.shape == shape
    after = [argument for argument in arguments if isinstance(argument, torch.Tensor)]
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.parametrize("package", [objectives, rewards])
def test_the_table_names_functions_that_exist(package) -> None:
    assert package.__doc__ is not None
    rows = [line for line in package.__doc__.splitlines() if line.startswith("|")]
    names = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert len(names) > 5
    assert names <= set(package.__all__)


@pytest.mark.parametrize("package", [objectives, rewards])
def test_the_documents_table_is_the_packages(package) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "use-the-losses.md").read_text(encoding="utf-8")
    rows = [line for line in package.__doc__.splitlines() if line.startswith("|")]
    assert "\n".join(rows) in page
