"""Of all tests: one thread each, since several run at once; no time limit; no process that outlives them."""

import os

import hypothesis
from processes import pytest_configure as pytest_configure

os.environ.setdefault("OMP_NUM_THREADS", "1")
hypothesis.settings.register_profile("erac-vaml", deadline=None)
hypothesis.settings.load_profile("erac-vaml")
