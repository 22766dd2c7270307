"""The output layer against its whole matrix of scores under PyTorch's own differentiation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import plain
import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from erac_vaml.networks import output, products
from erac_vaml.networks.output import OutputLayer, in_cache
from erac_vaml.networks.softmax import softmax_
from erac_vaml.objectives.actor import policy_losses
from erac_vaml.objectives.mle import token_losses
from erac_vaml.objectives.soft_q import soft_value
from erac_vaml.objectives.vaml import target_losses

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
    """A row function, what it takes besides the scores, and its plain form on whole arrays."""

    function: Callable[..., Tensor]
    arguments: tuple[Tensor, ...]
    plain: Callable[..., Tensor]


def actor_case(normalise: bool) -> Case:
    def losses(scores: Tensor, q: Tensor) -> Tensor:
        softmax_(scores)
        return policy_losses(scores, q, 0.3, normalise)

    return Case(
        losses,
        (random(ROWS, WORDS, seed=4),),
        lambda scores, q: plain.policy_losses(scores.log_softmax(-1), q, 0.3, normalise),
    )


CASES = [
    pytest.param(
        Case(token_losses, (TOKENS,), lambda scores, tokens: -plain.taken(scores.log_softmax(-1), tokens)),
        id="token losses",
    ),
    pytest.param(Case(partial(soft_value, tau=0.4), (), lambda scores: plain.soft_value(scores, 0.4)), id="soft value"),
    pytest.param(
        Case(
            target_losses,
            (random(ROWS, WORDS, seed=4).softmax(-1),),
            lambda scores, target: plain.cross_entropy(target, scores.log_softmax(-1)),
        ),
        id="target losses",
    ),
    pytest.param(actor_case(False), id="policy losses"),
    pytest.param(actor_case(True), id="policy losses, normalised"),
]
every_function = pytest.mark.parametrize("case", CASES)


def rows_of(case: Case, layer: OutputLayer, features: Tensor, made: Tensor | None = None) -> Tensor:
    arguments = (argument.clone() for argument in case.arguments)  # a row function may overwrite them
    return layer.rows(case.function, features, *arguments, made=made)


def gradients_of(values: Tensor, layer: OutputLayer, features: Tensor) -> tuple[Tensor, ...]:
    """Of a sum of the values (N,) with unequal coefficients, one of them zero: in features, weight and bias."""
    coefficients = torch.linspace(-1.0, 2.0, ROWS)
    return torch.autograd.grad((coefficients * values).sum(), [features, layer.weight, layer.bias])


@every_function
def test_values_are_those_of_the_whole_scores(case: Case) -> None:
    layer, features = layer_of(), random_features(ROWS)
    close(rows_of(case, layer, features), case.plain(scores_of(layer, features), *case.arguments))


@every_function
def test_gradients_are_those_of_the_whole_scores(case: Case) -> None:
    layer, features = layer_of(), random_features(ROWS)
    expected = gradients_of(case.plain(scores_of(layer, features), *case.arguments), layer, features)
    close(gradients_of(rows_of(case, layer, features), layer, features), expected)


@every_function
def test_a_few_rows_at_a_time_give_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, features = layer_of(), random_features(ROWS)
    at_once = rows_of(case, layer, features)
    monkeypatch.setattr(output, "_SCORES_AT_ONCE", 3 * WORDS)
    in_chunks = rows_of(case, layer, features)
    close(in_chunks, at_once)
    close(gradients_of(in_chunks, layer, features), gradients_of(at_once, layer, features))


@every_function
def test_scores_that_are_made_already_give_the_same(case: Case) -> None:
    layer, features = layer_of(), random_features(ROWS)
    made = rows_of(case, layer, features, made=scores_of(layer, features).detach())
    expected = rows_of(case, layer, features)
    close(made, expected)
    close(gradients_of(made, layer, features), gradients_of(expected, layer, features))


@every_function
def test_onednns_products_give_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, features = layer_of(), random_features(ROWS)
    expected = rows_of(case, layer, features)
    expected_gradients = gradients_of(expected, layer, features)
    monkeypatch.setattr(products, "_LARGE", 1)
    values = rows_of(case, layer, features)
    close(values, expected)
    close(gradients_of(values, layer, features), expected_gradients)


def test_given_scores_are_overwritten_by_their_gradients() -> None:
    layer, features = layer_of(), random_features(ROWS)
    scores = scores_of(layer, features).detach()
    expected = scores.softmax(-1)
    expected[torch.arange(ROWS), TOKENS] -= 1.0
    layer.rows(token_losses, features, TOKENS, made=scores)
    close(scores, expected)


def test_the_gradient_does_not_depend_on_how_often_it_is_asked_for() -> None:
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
    taken = layer.taken(features, TOKENS) ** 2
    values = layer.rows(partial(soft_value, tau=0.4), features) + layer.rows(token_losses, features, TOKENS) + taken
    scores = scores_of(layer, features)
    losses = -plain.taken(scores.log_softmax(-1), TOKENS)
    expected = plain.soft_value(scores, 0.4) + losses + plain.taken(scores, TOKENS) ** 2
    close(gradients_of(values, layer, features), gradients_of(expected, layer, features))


def test_no_rows_have_no_values_and_no_gradient() -> None:
    layer, features = layer_of(), random_features(0)
    values = layer.rows(token_losses, features, TOKENS[:0])
    assert values.shape == (0,)
    values.sum().backward()
    assert layer.weight.grad is not None
    assert (layer.weight.grad == 0).all()


@pytest.mark.parametrize("shape", [(ROWS,), (2, 3)])
def test_scores_of_the_taken_words_are_those_of_the_whole(shape: tuple[int, ...]) -> None:
    layer, features = layer_of(), random_features(*shape)
    tokens = torch.arange(features[..., 0].numel()).view(shape) % WORDS
    close(layer.taken(features, tokens), plain.taken(scores_of(layer, features), tokens))


def test_gradients_of_the_taken_words_are_those_of_the_whole() -> None:
    layer, features = layer_of(), random_features(ROWS)
    expected = gradients_of(plain.taken(scores_of(layer, features), TOKENS), layer, features)
    close(gradients_of(layer.taken(features, TOKENS), layer, features), expected)


def test_an_expectation_is_that_of_the_whole_scores() -> None:
    layer, features, probs = layer_of(), random(ROWS, WIDTH), random(ROWS, WORDS, seed=5).softmax(-1)
    with torch.no_grad():
        close(layer.expectation(features, probs), plain.expectation(probs, scores_of(layer, features)))


@pytest.mark.parametrize("shape", [(ROWS,), (2, 3)])
def test_squared_deviations_are_those_of_the_whole_scores(shape: tuple[int, ...]) -> None:
    layer, features = layer_of(), random_features(*shape)
    close(layer.squared_deviations(features), plain.squared_deviations(scores_of(layer, features)))


def test_gradients_of_squared_deviations_are_those_of_the_whole_scores() -> None:
    layer, features = layer_of(), random_features(ROWS)
    expected = gradients_of(plain.squared_deviations(scores_of(layer, features)), layer, features)
    close(gradients_of(layer.squared_deviations(features), layer, features), expected)


def test_scores_that_move_together_do_not_deviate() -> None:
    """A large score of all words does not drown the small deviations."""
    layer, features = layer_of(), random(ROWS, WIDTH)
    expected = layer.squared_deviations(features)
    with torch.no_grad():
        layer.weight += 300.0
        layer.bias += 300.0
    torch.testing.assert_close(layer.squared_deviations(features), expected, rtol=1e-3, atol=1e-3)


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
