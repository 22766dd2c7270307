"""The life of one training run on disk: its files, checkpoints, attempts, locks, time limits and devices."""
