import pytest
import torch
from torch import Tensor

from erac_vaml.data import shapes


@pytest.mark.parametrize(("values", "expected"), [(torch.empty(0), True), (torch.empty(0, device="meta"), False)])
def test_shapes_follow_values_on_a_cpu_alone(values: Tensor, expected: bool) -> None:
    assert shapes.follow_values(values) is expected
