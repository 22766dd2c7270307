"""What holds for the tests of operations: no experiment lies beside a test's own."""

import pytest


@pytest.fixture
def tmp_path(tmp_path):
    """A folder in the test's own one, because an estimate reads other experiments beside the results."""
    alone = tmp_path / "alone"
    alone.mkdir()
    return alone
