"""Scores to sequences: ancestral sampling and beam search."""
