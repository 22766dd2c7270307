"""Sequences to pay-offs: BLEU of every prefix, proposals near the reference and their importance weights."""
