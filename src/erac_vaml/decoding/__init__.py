"""Scores of words to sequences: ancestral sampling and beam search."""
