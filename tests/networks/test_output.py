"""The output layer against autograd on its whole matrix of scores."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from erac_vaml import kernels
from erac_vaml.kernels import products
from erac_vaml.networks import output, rows
from erac_vaml.networks.output import OutputLayer, by_rows, in_cache
from erac_vaml.objectives import (
    entropy,
    expectation,
    policy_losses,
    soft_value,
    squared_deviations,
    taken,
    target_losses,
    token_losses,
    token_target,
)

ROWS, WORDS, WIDTH = 7, 11, 5
TOKENS = torch.tensor([0, 3, 10, 3, 3, 7, 1])
close = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-5)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def layer_of() -> OutputLayer:
    layer = OutputLayer(WIDTH, WORDS)
    with torch.no_grad():
        layer.weight.copy_(random(WORDS, WIDTH, seed=1))
        layer.bias.copy_(random(WORDS, seed=2))
    return layer


def scores_of(layer: OutputLayer, features: Tensor) -> Tensor:
    return linear(features, layer.weight, layer.bias)


def random_features(*shape: int) -> Tensor:
    return random(*shape, WIDTH, seed=3).requires_grad_()


@dataclass(frozen=True)
class Case:
    """An equation of scores, and its further arguments."""

    equation: Callable[..., Tensor]
    arguments: tuple[Tensor, ...] = ()
    constants: dict[str, float] = field(default_factory=dict)
    of_policy: bool = False
    """Whether it takes the policy instead of the scores."""

    def rows(self, layer: OutputLayer, features: Tensor) -> Tensor:
        """The output layer's values."""
        if not self.of_policy:
            return layer.rows(self.equation, features, *self.arguments, **self.constants)
        policy = scores_of(layer, features).detach().softmax(-1)
        return layer.policy_rows(self.equation, policy, features, *self.arguments, **self.constants)

    def whole(self, layer: OutputLayer, features: Tensor) -> Tensor:
        """The equation's values of the whole array of scores, under autograd."""
        scores = scores_of(layer, features)
        return self.equation(scores.softmax(-1) if self.of_policy else scores, *self.arguments, **self.constants)


def actor_case(normalise: bool) -> Case:
    constants = {"tau": 0.3, "normalise_log_probs": normalise}
    return Case(policy_losses, (random(ROWS, WORDS, seed=4),), constants, of_policy=True)


CASES = [
    pytest.param(Case(token_losses, (TOKENS,)), id="token losses"),
    pytest.param(Case(soft_value, constants={"tau": 0.4}), id="soft value"),
    pytest.param(Case(target_losses, (random(ROWS, WORDS, seed=4).softmax(-1),)), id="target losses"),
    pytest.param(actor_case(False), id="policy losses"),
    pytest.param(actor_case(True), id="policy losses, normalised"),
    pytest.param(Case(entropy, of_policy=True), id="entropy"),
]
every_equation = pytest.mark.parametrize("case", CASES)


@pytest.fixture(params=["all", "none"], ids=["kernels on", "kernels off"])
def switch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether kernels are on."""
    monkeypatch.setenv(kernels.VARIABLE, request.param)


def gradients_of(values: Tensor, layer: OutputLayer, features: Tensor) -> tuple[Tensor, ...]:
    """Gradients in features, weight and bias of a sum of values with unequal coefficients, of `ROWS` one zero."""
    coefficients = torch.linspace(-1.0, 2.0, values.numel()).view_as(values)
    return torch.autograd.grad((coefficients * values).sum(), [features, layer.weight, layer.bias])


def assert_same(values: Tensor, expected: Tensor, layer: OutputLayer, features: Tensor) -> None:
    """Compare values and gradients."""
    close(values, expected)
    close(gradients_of(values, layer, features), gradients_of(expected, layer, features))


@every_equation
@pytest.mark.usefixtures("switch")
def test_values_and_gradients_are_those_of_the_whole_scores(case: Case) -> None:
    layer, features = layer_of(), random_features(ROWS)
    assert_same(case.rows(layer, features), case.whole(layer, features), layer, features)


@every_equation
@pytest.mark.usefixtures("switch")
def test_a_few_rows_at_a_time_give_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, features = layer_of(), random_features(ROWS)
    at_once = case.rows(layer, features)
    monkeypatch.setattr(output, "_SCORES_AT_ONCE", 3 * WORDS)
    assert_same(case.rows(layer, features), at_once, layer, features)


@every_equation
def test_onednns_products_give_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, features = layer_of(), random_features(ROWS)
    expected = case.rows(layer, features)
    expected_gradients = gradients_of(expected, layer, features)
    monkeypatch.setenv(kernels.VARIABLE, "products")
    monkeypatch.setattr(products, "_LARGE", 1)
    values = case.rows(layer, features)
    close(values, expected)
    close(gradients_of(values, layer, features), expected_gradients)


def test_a_given_policy_is_overwritten_by_its_gradients() -> None:
    layer, features = layer_of(), random_features(ROWS)
    scores = scores_of(layer, features).detach().requires_grad_()
    policy, q = scores.softmax(-1), random(ROWS, WORDS, seed=4)
    (expected,) = torch.autograd.grad(policy_losses(policy, q, 0.3).sum(), scores)
    overwritten = policy.detach().clone()
    layer.policy_rows(policy_losses, overwritten, features, q, tau=0.3)
    close(overwritten, expected)


def test_positions_on_the_mask_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MULTIPLE", 1)
    layer, features = layer_of(), random_features(2, 3)
    tokens, mask = TOKENS[:6].view(2, 3), torch.tensor([[True, True, False], [True, False, False]])
    values = layer.at(mask, token_losses, features, tokens)
    close(values, token_losses(scores_of(layer, features), tokens) * mask)
    values.sum().backward()
    assert features.grad is not None
    assert (features.grad[~mask] == 0).all()
    assert (features.grad[mask] != 0).all()


def test_the_gradient_can_be_computed_twice() -> None:
    layer, features = layer_of(), random_features(ROWS)
    total = layer.rows(token_losses, features, TOKENS).sum()
    first, second = (torch.autograd.grad(total, layer.weight, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)


def test_a_row_without_a_coefficient_has_exactly_no_gradient() -> None:
    layer, features = layer_of(), random_features(ROWS)
    layer.rows(token_losses, features, TOKENS)[1:].sum().backward()
    assert features.grad is not None
    assert (features.grad[0] == 0).all()
    assert (features.grad[1:] != 0).all()


def test_features_used_twice_add_their_gradients() -> None:
    layer, features = layer_of(), random_features(ROWS)
    squares = layer.taken(features, TOKENS) ** 2
    values = layer.rows(soft_value, features, tau=0.4) + layer.rows(token_losses, features, TOKENS) + squares
    scores = scores_of(layer, features)
    expected = soft_value(scores, 0.4) + token_losses(scores, TOKENS) + taken(scores, TOKENS) ** 2
    assert_same(values, expected, layer, features)


def test_no_rows_have_no_values_and_no_gradient() -> None:
    layer, features = layer_of(), random_features(0)
    values = layer.rows(token_losses, features, TOKENS[:0])
    assert values.shape == (0,)
    values.sum().backward()
    assert layer.weight.grad is not None
    assert (layer.weight.grad == 0).all()


@pytest.mark.parametrize("shape", [(ROWS,), (2, 3)])
def test_the_scores_of_given_words_and_their_gradients_are_those_of_the_whole(shape: tuple[int, ...]) -> None:
    layer, features = layer_of(), random_features(*shape)
    tokens = TOKENS[: features[..., 0].numel()].view(shape)
    assert_same(layer.taken(features, tokens), taken(scores_of(layer, features), tokens), layer, features)


def test_an_expectation_is_that_of_the_whole_scores() -> None:
    layer, features, probs = layer_of(), random(ROWS, WIDTH), random(ROWS, WORDS, seed=5).softmax(-1)
    with torch.no_grad():
        close(layer.expectation(features, probs), expectation(probs, scores_of(layer, features)))


@pytest.mark.parametrize("shape", [(ROWS,), (2, 3)])
def test_squared_deviations_and_their_gradients_are_those_of_the_whole_scores(shape: tuple[int, ...]) -> None:
    layer, features = layer_of(), random_features(*shape)
    expected = squared_deviations(scores_of(layer, features))
    assert_same(layer.squared_deviations(features), expected, layer, features)


def test_scores_that_move_together_have_no_deviation() -> None:
    """A large common score does not swallow the small deviations."""
    layer, features = layer_of(), random(ROWS, WIDTH)
    expected = layer.squared_deviations(features)
    with torch.no_grad():
        layer.weight += 300.0
        layer.bias += 300.0
    torch.testing.assert_close(layer.squared_deviations(features), expected, rtol=1e-3, atol=1e-3)


def test_transformed_scores_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_SCORES_AT_ONCE", 3 * WORDS)
    layer, features = layer_of(), random(ROWS, WIDTH)
    close(layer.transformed(token_target, features, tau=0.4), token_target(scores_of(layer, features), 0.4).detach())


def test_values_by_rows_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_SCORES_AT_ONCE", 3 * WORDS)
    policy = random(ROWS, WORDS).softmax(-1)
    close(by_rows(entropy, policy), entropy(policy))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(5, [slice(0, 2), slice(2, 4), slice(4, 6)], id="more than one slice"),
        pytest.param(0, [], id="none"),
    ],
)
def test_slices_hold_as_many_rows_as_the_cache(
    rows: int, expected: list[slice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_SCORES_AT_ONCE", 20)
    assert list(in_cache(torch.empty(rows, 9))) == expected


def test_a_row_wider_than_the_cache_is_a_slice_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_SCORES_AT_ONCE", 20)
    assert list(in_cache(torch.empty(2, 21))) == [slice(0, 1), slice(1, 2)]


def test_off_the_cpu_all_rows_are_one_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_SCORES_AT_ONCE", 20)
    assert list(in_cache(torch.empty(5, 9, device="meta"))) == [slice(0, 5)]
