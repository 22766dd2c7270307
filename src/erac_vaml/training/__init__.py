"""Stages, the one loop that trains them all, its schedule, and the files of a run."""
