"""The comparison with JoeyNMT. No test checks a time, and none installs packages."""

from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.cases import Effort
from benchmarks.peers import Comparison, compare_with_peers, table
from benchmarks.run import Machine

MACHINE = Machine(1, "cpu", "float32")


def test_the_table_has_the_ratio_and_marks_a_disturbed_measurement():
    compared = [Comparison(False, 400.0, 640.0, 0.0), Comparison(True, 500.0, 650.0, 0.2)]
    first, second = table(compared, MACHINE).splitlines()[2:]
    assert first.split() == ["without", "input", "feeding", "400", "640", "1.60"]
    assert second.split() == ["input", "feeding", "!", "500", "650", "1.30"]


@pytest.mark.skipif(not Path(peers._FOLDER, "installed.txt").exists(), reason="JoeyNMT: make bench ARGS=--peers")
def test_joeynmt_takes_a_step_of_the_same_batch():
    assert len(compare_with_peers(MACHINE, Effort(0, 1, 1)).splitlines()) == 4
