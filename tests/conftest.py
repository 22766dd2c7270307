"""Of all tests: one thread each, for several run at once, and no time limit that a busy machine would break."""

import os

import hypothesis

os.environ.setdefault("OMP_NUM_THREADS", "1")
hypothesis.settings.register_profile("erac-vaml", deadline=None)
hypothesis.settings.load_profile("erac-vaml")
