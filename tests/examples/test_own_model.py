"""The example trains a Transformer with the package's losses."""

import re
import sys
from pathlib import Path

import processes

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_model.py"


def test_erac_gains_on_the_maximum_likelihood_start():
    printed = processes.run([sys.executable, str(EXAMPLE)]).stdout
    gain = re.search(r"gain ([+-][\d.]+)", printed)
    assert gain is not None
    assert float(gain[1]) > 3.0
