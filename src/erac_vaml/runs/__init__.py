"""One training run on disk: its files, checkpoints, attempts, locks, time limits and devices."""
