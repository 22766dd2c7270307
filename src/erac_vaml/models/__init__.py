"""Trained actors that translate and caption: of a run, or exported to a folder that needs nothing else."""
