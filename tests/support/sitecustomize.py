"""Holds the runs of a workflow. Python imports this file at start if PYTHONPATH has this folder (`steps.Held`)."""

import os
import sys

if "train" in sys.orig_argv and "TESTS_HOLD_RUNS" in os.environ:
    from steps import follow_plan

    follow_plan()
