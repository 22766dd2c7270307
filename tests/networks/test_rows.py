"""Selecting the unpadded positions of sequences, and restoring them."""

import pytest
import torch

from erac_vaml.data import shapes
from erac_vaml.networks import rows
from erac_vaml.networks.rows import Rows, fill_up

MASK = torch.tensor([[True, True, False], [True, False, False]])
VALUES = torch.tensor([[10.0, 11.0, 12.0], [20.0, 21.0, 22.0]])


@pytest.fixture
def fixed_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU."""
    monkeypatch.setattr(shapes, "follow_values", lambda values: False)


@pytest.fixture
def none_filled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MULTIPLE", 1)


@pytest.mark.parametrize(
    ("multiple", "expected"),
    [
        pytest.param(3, [0, 1, 3], id="a multiple already"),
        pytest.param(5, [0, 1, 3, 2, 4], id="filled up"),
        pytest.param(64, [0, 1, 3, 2, 4, 5], id="as many as there are"),
    ],
)
def test_the_positions_are_those_where_the_mask_is_true_and_some_others_behind_them(
    multiple: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_MULTIPLE", multiple)
    assert Rows.of(MASK).places.tolist() == expected


def test_positions_in_any_order_are_filled_up_behind_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MULTIPLE", 4)
    assert fill_up(torch.tensor([3, 0, 1]), MASK).tolist() == [3, 0, 1, 2]


def test_values_are_selected_in_the_order_of_the_positions() -> None:
    assert Rows((2, 3), torch.tensor([3, 0, 1])).select(VALUES).tolist() == [20.0, 10.0, 11.0]


@pytest.mark.usefixtures("none_filled_up")
def test_whole_vectors_are_selected() -> None:
    vectors = torch.stack((VALUES, -VALUES), dim=2)
    assert Rows.of(MASK).select(vectors).tolist() == [[10.0, -10.0], [11.0, -11.0], [20.0, -20.0]]


def test_values_are_restored_to_their_places_with_zeros_elsewhere() -> None:
    restored = Rows((2, 3), torch.tensor([3, 0, 1])).restore(torch.tensor([1.0, 2.0, 3.0]))
    assert restored.tolist() == [[2.0, 3.0, 0.0], [1.0, 0.0, 0.0]]


def test_without_any_position_everything_is_zero() -> None:
    nowhere = Rows.of(torch.zeros(2, 3, dtype=torch.bool))
    assert nowhere.select(VALUES).shape == (0,)
    assert nowhere.restore(nowhere.select(VALUES)).tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.usefixtures("none_filled_up")
def test_padding_has_exactly_no_gradient() -> None:
    values = VALUES.clone().requires_grad_()
    states = Rows.of(MASK)
    (states.restore(states.select(values)) * VALUES).sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [[10.0, 11.0, 0.0], [20.0, 0.0, 0.0]]


@pytest.mark.usefixtures("fixed_shapes")
def test_where_shapes_are_fixed_all_positions_are_kept_in_order() -> None:
    states = Rows.of(MASK)
    assert states.places is None
    assert states.select(VALUES).tolist() == VALUES.flatten().tolist()
    assert torch.equal(states.restore(states.select(VALUES)), VALUES)
